-- One row a pause, as text: tenant=t type=url group=g id=5; empty = everything.
CREATE TABLE pause_rule (
  rule BLOB NOT NULL PRIMARY KEY
);
