-- Text that is compared is VARBINARY holding UTF-8: the binary collations of MySQL ignore trailing spaces.
-- Times are milliseconds since 1970. docs/schema.md describes every column.

CREATE TABLE engine (
  id          SMALLINT       NOT NULL PRIMARY KEY,
  epoch       BIGINT         NOT NULL,
  owner       VARBINARY(512) NOT NULL,
  lease_until BIGINT         NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE task (
  id          BIGINT         NOT NULL PRIMARY KEY,
  engine      SMALLINT       NOT NULL,
  owner_epoch BIGINT         NOT NULL,
  claim_epoch BIGINT         NOT NULL,
  kind        TINYINT        NOT NULL,
  tenant      VARBINARY(255) NOT NULL,
  state       TINYINT        NOT NULL,
  step        SMALLINT       NOT NULL,
  version     BIGINT         NOT NULL,
  accepted_at BIGINT         NOT NULL,
  due_at      BIGINT         NOT NULL,
  final_at    BIGINT         NULL,
  settled_at  BIGINT         NULL,
  gone_at     BIGINT         NULL,
  wake_at     BIGINT         NULL,
  owed        INT            NOT NULL,
  devices     MEDIUMBLOB     NOT NULL,
  counts      VARBINARY(160) NOT NULL,
  results     MEDIUMBLOB     NOT NULL,
  body        MEDIUMBLOB     NOT NULL,
  KEY task_tenant (tenant, id),
  KEY task_open (engine, gone_at, id),
  KEY task_wake (engine, wake_at, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4;

CREATE TABLE task_host (
  host VARBINARY(300) NOT NULL,
  id   BIGINT         NOT NULL,
  urls MEDIUMBLOB     NOT NULL,
  PRIMARY KEY (host, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4;

CREATE TABLE task_label (
  k  VARBINARY(512) NOT NULL,
  v  VARBINARY(512) NOT NULL,
  id BIGINT         NOT NULL,
  PRIMARY KEY (k, v, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4;

CREATE TABLE idempotency (
  tenant      VARBINARY(255)  NOT NULL,
  k           VARBINARY(1020) NOT NULL,
  body_hash   BIGINT          NOT NULL,
  task        BIGINT          NOT NULL,
  accepted_at BIGINT          NOT NULL,
  targets     INT             NOT NULL,
  PRIMARY KEY (tenant, k),
  KEY idempotency_age (accepted_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4;

CREATE TABLE registry_version (
  id      TINYINT NOT NULL PRIMARY KEY,
  version BIGINT  NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT INTO registry_version (id, version) VALUES (1, 0);

CREATE TABLE device (
  ordinal INT            NOT NULL PRIMARY KEY,
  id      VARBINARY(128) NOT NULL,
  grp     VARBINARY(128) NOT NULL,
  tier    VARBINARY(16)  NOT NULL,
  state   TINYINT        NOT NULL,
  version VARBINARY(512) NOT NULL,
  since   BIGINT         NOT NULL,
  UNIQUE KEY device_id (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE host_rule (
  host         VARBINARY(300) NOT NULL PRIMARY KEY,
  tenant       VARBINARY(255) NOT NULL,
  grps         BLOB           NOT NULL,
  key_template BLOB           NOT NULL,
  variants     BLOB           NOT NULL,
  schemes      BLOB           NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE audit (
  id      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at      BIGINT NOT NULL,
  actor   BLOB   NOT NULL,
  tenant  BLOB   NOT NULL,
  action  BLOB   NOT NULL,
  subject BLOB   NOT NULL,
  detail  BLOB   NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
