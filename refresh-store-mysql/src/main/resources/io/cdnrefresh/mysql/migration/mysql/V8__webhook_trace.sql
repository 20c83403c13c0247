-- The traceparent of the task that a webhook tells of; empty for those written before.
ALTER TABLE callback ADD COLUMN trace VARBINARY(64) NOT NULL DEFAULT '';
