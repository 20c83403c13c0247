-- Webhooks and what became of them: one row an event of a task. Whoever moves due_at has claimed the row until then.
CREATE TABLE callback (
  task       BIGINT         NOT NULL,
  event      VARBINARY(32)  NOT NULL,
  tenant     VARBINARY(255) NOT NULL,
  host       VARBINARY(300) NOT NULL,
  url        BLOB           NOT NULL,
  state      TINYINT        NOT NULL,
  created_at BIGINT         NOT NULL,
  give_up_at BIGINT         NOT NULL,
  due_at     BIGINT         NOT NULL,
  attempts   INT            NOT NULL,
  history    BLOB           NOT NULL,
  body       MEDIUMBLOB     NOT NULL,
  PRIMARY KEY (task, event),
  KEY callback_due (state, due_at),
  KEY callback_age (created_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4;

-- What webhooks are signed with; the tenant '' is the platform.
CREATE TABLE callback_secret (
  tenant     VARBINARY(255) NOT NULL,
  id         VARBINARY(32)  NOT NULL,
  secret     VARBINARY(255) NOT NULL,
  created_at BIGINT         NOT NULL,
  ends_at    BIGINT         NULL,
  PRIMARY KEY (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
