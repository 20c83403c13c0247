-- Who may do what. Of a key only the SHA-256 of its text is kept, as 64 hexadecimal digits. Lists are one line an entry.
CREATE TABLE tenant (
  name       BLOB    NOT NULL PRIMARY KEY,
  limits     BLOB    NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE api_key (
  id           BLOB    NOT NULL PRIMARY KEY,
  name         BLOB    NOT NULL,
  tenant       BLOB    NOT NULL,
  hosts        BLOB    NOT NULL,
  kinds        BLOB    NOT NULL,
  network_wide INTEGER NOT NULL,
  grps         BLOB    NOT NULL,
  limits       BLOB    NOT NULL,
  hash         BLOB    NOT NULL,
  old_hash     BLOB    NOT NULL,
  old_until    INTEGER NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NULL
);
