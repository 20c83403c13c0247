-- Webhooks and what became of them: one row an event of a task. Whoever moves due_at has claimed the row until then.
CREATE TABLE callback (
  task       INTEGER NOT NULL,
  event      BLOB    NOT NULL,
  tenant     BLOB    NOT NULL,
  host       BLOB    NOT NULL,
  url        BLOB    NOT NULL,
  state      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  give_up_at INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  history    BLOB    NOT NULL,
  body       BLOB    NOT NULL,
  PRIMARY KEY (task, event)
);
CREATE INDEX callback_due ON callback (state, due_at);
CREATE INDEX callback_age ON callback (created_at);

-- What webhooks are signed with; the tenant '' is the platform.
CREATE TABLE callback_secret (
  tenant     BLOB    NOT NULL,
  id         BLOB    NOT NULL,
  secret     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at    INTEGER NULL,
  PRIMARY KEY (tenant, id)
);
