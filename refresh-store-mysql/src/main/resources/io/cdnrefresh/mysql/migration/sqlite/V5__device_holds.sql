-- What an operator has said about a device: held = 1, why, and until when (ms; null = until told).
ALTER TABLE device ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN hold_reason BLOB NOT NULL DEFAULT x'';
ALTER TABLE device ADD COLUMN hold_until INTEGER;
-- Maintenance (4) was always an operator's word.
UPDATE device SET held = 1 WHERE state = 4;
