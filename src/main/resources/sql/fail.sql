-- These will not be tried again: SNS refused them for good, or its answer is not known and sending twice is worse than not
-- knowing. The attempt stays used; what a receipt already wrote on the record stays.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH lost AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.failedIds} AS uuid[]), cast(:#${variable.chunk.failedOutcomes} AS text[]),
                cast(:#${variable.chunk.failedReasons} AS text[])) AS l(contact_id, outcome, reason)),
held AS MATERIALIZED (
  SELECT c.id, c.sms_armed_attempt AS attempt, lost.outcome, lost.reason
    FROM contacts c
    JOIN lost ON lost.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt IS NOT NULL
     FOR UPDATE OF c),
recorded AS (
  UPDATE sms_records r
     SET status = 'failed',
         failure_reason = CASE held.outcome WHEN 'unknown' THEN 'unknown_publish_outcome' ELSE held.reason END
    FROM held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt AND r.status || '' = 'queued')
UPDATE contacts c
   SET status            = CASE c.status WHEN 'in_progress' THEN 'failed' ELSE c.status END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_outcome       = held.outcome,
       sms_reason        = held.reason
  FROM held
 WHERE c.id = held.id
