-- One row a pause, as text: tenant=t type=url group=g id=5; empty = everything.
CREATE TABLE pause_rule (
  rule VARBINARY(512) NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
