-- The tables of the MySQL dialect with SQLite's types. Text is stored as BLOB holding UTF-8, as there.
-- Times are milliseconds since 1970. docs/schema.md describes every column.

CREATE TABLE engine (
  id          INTEGER NOT NULL PRIMARY KEY,
  epoch       INTEGER NOT NULL,
  owner       BLOB    NOT NULL,
  lease_until INTEGER NOT NULL
);

CREATE TABLE task (
  id          INTEGER NOT NULL PRIMARY KEY,
  engine      INTEGER NOT NULL,
  owner_epoch INTEGER NOT NULL,
  claim_epoch INTEGER NOT NULL,
  kind        INTEGER NOT NULL,
  tenant      BLOB    NOT NULL,
  state       INTEGER NOT NULL,
  step        INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  final_at    INTEGER NULL,
  settled_at  INTEGER NULL,
  gone_at     INTEGER NULL,
  wake_at     INTEGER NULL,
  owed        INTEGER NOT NULL,
  devices     BLOB    NOT NULL,
  counts      BLOB    NOT NULL,
  results     BLOB    NOT NULL,
  body        BLOB    NOT NULL
);
CREATE INDEX task_tenant ON task (tenant, id);
CREATE INDEX task_open ON task (engine, gone_at, id);
CREATE INDEX task_wake ON task (engine, wake_at, id) WHERE wake_at IS NOT NULL;

CREATE TABLE task_host (
  host BLOB    NOT NULL,
  id   INTEGER NOT NULL,
  urls BLOB    NOT NULL,
  PRIMARY KEY (host, id)
) WITHOUT ROWID;

CREATE TABLE task_label (
  k  BLOB    NOT NULL,
  v  BLOB    NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (k, v, id)
) WITHOUT ROWID;

CREATE TABLE idempotency (
  tenant      BLOB    NOT NULL,
  k           BLOB    NOT NULL,
  body_hash   INTEGER NOT NULL,
  task        INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  targets     INTEGER NOT NULL,
  PRIMARY KEY (tenant, k)
);
CREATE INDEX idempotency_age ON idempotency (accepted_at);

CREATE TABLE registry_version (
  id      INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
);

INSERT INTO registry_version (id, version) VALUES (1, 0);

CREATE TABLE device (
  ordinal INTEGER NOT NULL PRIMARY KEY,
  id      BLOB    NOT NULL UNIQUE,
  grp     BLOB    NOT NULL,
  tier    BLOB    NOT NULL,
  state   INTEGER NOT NULL,
  version BLOB    NOT NULL,
  since   INTEGER NOT NULL
);

CREATE TABLE host_rule (
  host         BLOB NOT NULL PRIMARY KEY,
  tenant       BLOB NOT NULL,
  grps         BLOB NOT NULL,
  key_template BLOB NOT NULL,
  variants     BLOB NOT NULL,
  schemes      BLOB NOT NULL
);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  actor   BLOB    NOT NULL,
  tenant  BLOB    NOT NULL,
  action  BLOB    NOT NULL,
  subject BLOB    NOT NULL,
  detail  BLOB    NOT NULL
);
