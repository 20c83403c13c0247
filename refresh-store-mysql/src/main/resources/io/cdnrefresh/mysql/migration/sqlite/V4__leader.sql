-- The newest token of a leader among the engines; what an older one wants to write is refused. Each sweep leaves
-- the token of the leader that made it.
CREATE TABLE leader (
  id          INTEGER NOT NULL PRIMARY KEY,
  token       INTEGER NOT NULL,
  swept_token INTEGER NOT NULL,
  swept_at    INTEGER NOT NULL
);
INSERT INTO leader (id, token, swept_token, swept_at) VALUES (1, 0, 0, 0);
