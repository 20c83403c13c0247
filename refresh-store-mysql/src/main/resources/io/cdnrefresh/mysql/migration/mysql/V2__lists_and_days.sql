-- Lists and pages of recovery no longer read bodies, every list has its index, and the tasks of a day can be dropped at
-- once: ids carry their time. The store itself adds the days to come and drops those that are over.

ALTER TABLE task
  ADD COLUMN targets INT        NOT NULL DEFAULT -1,
  ADD COLUMN bytes   INT        NOT NULL DEFAULT 0,
  ADD COLUMN head    MEDIUMBLOB NULL,
  DROP KEY task_tenant,
  ADD KEY task_tenant (tenant, kind, id),
  ADD KEY task_state (state, kind, id, tenant);

UPDATE task SET bytes = LENGTH(body) WHERE gone_at IS NULL;

ALTER TABLE task PARTITION BY RANGE (id) (PARTITION p_max VALUES LESS THAN MAXVALUE);
ALTER TABLE task_host PARTITION BY RANGE (id) (PARTITION p_max VALUES LESS THAN MAXVALUE);
ALTER TABLE task_label PARTITION BY RANGE (id) (PARTITION p_max VALUES LESS THAN MAXVALUE);
