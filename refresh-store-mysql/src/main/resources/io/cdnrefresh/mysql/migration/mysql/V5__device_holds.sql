-- What an operator has said about a device: held = 1, why, and until when (ms; null = until told).
ALTER TABLE device
  ADD COLUMN held        TINYINT         NOT NULL DEFAULT 0,
  ADD COLUMN hold_reason VARBINARY(4096) NOT NULL DEFAULT '',
  ADD COLUMN hold_until  BIGINT          NULL;
-- Maintenance (4) was always an operator's word.
UPDATE device SET held = 1 WHERE state = 4;
