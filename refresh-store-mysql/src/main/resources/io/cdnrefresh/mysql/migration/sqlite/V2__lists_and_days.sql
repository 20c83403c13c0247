-- Lists and pages of recovery no longer read bodies. The new columns stand before the body, so that SQLite finds them
-- without walking through its pages; therefore the table is written anew.

CREATE TABLE task_2 (
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
  targets     INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  devices     BLOB    NOT NULL,
  counts      BLOB    NOT NULL,
  results     BLOB    NOT NULL,
  head        BLOB    NULL,
  body        BLOB    NOT NULL
);
INSERT INTO task_2 (id, engine, owner_epoch, claim_epoch, kind, tenant, state, step, version, accepted_at, due_at,
    final_at, settled_at, gone_at, wake_at, owed, targets, bytes, devices, counts, results, head, body)
  SELECT id, engine, owner_epoch, claim_epoch, kind, tenant, state, step, version, accepted_at, due_at,
    final_at, settled_at, gone_at, wake_at, owed, -1, LENGTH(body), devices, counts, results, NULL, body
  FROM task ORDER BY id;
DROP TABLE task;
ALTER TABLE task_2 RENAME TO task;
CREATE INDEX task_tenant ON task (tenant, kind, id);
CREATE INDEX task_state ON task (state, kind, id, tenant);
CREATE INDEX task_open ON task (engine, gone_at, id);
CREATE INDEX task_wake ON task (engine, wake_at, id) WHERE wake_at IS NOT NULL;
