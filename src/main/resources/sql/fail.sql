-- These will not be tried again: SNS refused them for good, or its answer is not known and sending twice is worse than not
-- knowing. The attempt stays used; what a receipt already wrote on the record stays, and the contact follows it (fate, as in
-- record-receipt.sql).
WITH lost AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.failedIds} AS uuid[]), cast(:#${variable.chunk.failedOutcomes} AS text[]),
                cast(:#${variable.chunk.failedReasons} AS text[])) AS l(contact_id, outcome, reason)),
held AS MATERIALIZED (
  SELECT c.id, c.attempts, c.sms_armed_attempt AS attempt, lost.outcome, lost.reason
    FROM contacts c
    JOIN lost ON lost.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt IS NOT NULL
     FOR UPDATE OF c),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM held
    JOIN sms_records o ON o.contact_id = held.id
   WHERE held.attempts > 1 AND o.attempt IS DISTINCT FROM held.attempt
     FOR NO KEY UPDATE OF o),
recorded AS (
  UPDATE sms_records r
     SET status = CASE r.status WHEN 'queued' THEN 'failed' ELSE r.status END,
         failure_reason = CASE WHEN r.status <> 'queued' THEN r.failure_reason
                               WHEN held.outcome = 'unknown' THEN 'unknown_publish_outcome' ELSE held.reason END
    FROM held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt
  RETURNING r.contact_id, r.retry_at, r.failure_reason,
            CASE WHEN r.status IN ('sent', 'delivered')
                      OR EXISTS (SELECT 1 FROM other o WHERE o.contact_id = r.contact_id AND o.status = 'delivered')
                 THEN 'completed'
                 WHEN r.retry_at IS NOT NULL THEN 'pending'
                 WHEN r.undeliverable AND r.failure_reason <> 'unknown_publish_outcome' THEN 'undelivered'
                 ELSE 'failed' END AS fate)
UPDATE contacts c
   SET status            = CASE WHEN c.status <> 'in_progress' THEN c.status
                                WHEN r.fate IN ('completed', 'pending') THEN r.fate ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_not_before    = CASE r.fate WHEN 'pending' THEN r.retry_at ELSE c.sms_not_before END,
       sms_outcome       = CASE r.fate WHEN 'completed' THEN 'sent' WHEN 'failed' THEN held.outcome ELSE 'undelivered' END,
       sms_reason        = CASE r.fate WHEN 'completed' THEN NULL WHEN 'failed' THEN held.reason ELSE r.failure_reason END
  FROM held
  JOIN recorded r ON r.contact_id = held.id
 WHERE c.id = held.id
