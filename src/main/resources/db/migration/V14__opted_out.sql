-- Whether a message's receipts tell that its recipient opted out, or that the number is barred: on the record, so that a report finds
-- its campaign's and need not look through everybody's.
ALTER TABLE sms_records ADD COLUMN IF NOT EXISTS opted_out boolean NOT NULL DEFAULT false;
UPDATE sms_records SET opted_out = true
 WHERE NOT opted_out AND id IN (SELECT record_id FROM sms_events WHERE opt_out);

-- A campaign moves every message several times: vacuum by count, as for contacts, so that an index alone can tell what is there.
ALTER TABLE sms_records SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
                             autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);
