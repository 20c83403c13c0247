-- Who may do what. Of a key only the SHA-256 of its text is kept, as 64 hexadecimal digits. Lists are one line an entry.
CREATE TABLE tenant (
  name       VARBINARY(255) NOT NULL PRIMARY KEY,
  limits     BLOB           NOT NULL,
  created_at BIGINT         NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE api_key (
  id           VARBINARY(63)  NOT NULL PRIMARY KEY,
  name         VARBINARY(255) NOT NULL,
  tenant       VARBINARY(255) NOT NULL,
  hosts        BLOB           NOT NULL,
  kinds        BLOB           NOT NULL,
  network_wide TINYINT        NOT NULL,
  grps         BLOB           NOT NULL,
  limits       BLOB           NOT NULL,
  hash         VARBINARY(64)  NOT NULL,
  old_hash     VARBINARY(64)  NOT NULL,
  old_until    BIGINT         NULL,
  created_at   BIGINT         NOT NULL,
  expires_at   BIGINT         NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
