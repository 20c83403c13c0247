-- The newest token of a leader among the engines; what an older one wants to write is refused. Each sweep leaves
-- the token of the leader that made it.
CREATE TABLE leader (
  id          TINYINT NOT NULL PRIMARY KEY,
  token       BIGINT  NOT NULL,
  swept_token BIGINT  NOT NULL,
  swept_at    BIGINT  NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT INTO leader (id, token, swept_token, swept_at) VALUES (1, 0, 0, 0);
