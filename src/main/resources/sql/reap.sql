-- Puts right what dead invocations left behind: a lease that was never armed goes back unused; an armed one follows its
-- record (fate, as in record-receipt.sql); one whose publish has no known answer fails as 'unknown' and is never sent again
-- (policy FAIL), or is left to take-over.sql (policy REPUBLISH, while the campaign runs). Contacts without a lease are those of the
-- function that came before: in progress for an hour, they too may have been sent.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH expired AS MATERIALIZED (
  SELECT c.id, c.sms_lease_id IS NOT NULL AND c.sms_armed_attempt IS NULL AS unsent, c.sms_armed_attempt
    FROM contacts c
   WHERE c.campaign_id = :#${variable.campaign.id}
     AND c.status = 'in_progress'
     AND (c.sms_lease_until < now() OR (c.sms_lease_id IS NULL AND c.updated_at < now() - interval '1 hour'))
     AND NOT (cast(:#${variable.republishing} AS boolean)
              AND EXISTS (SELECT 1 FROM sms_records r
                           WHERE r.contact_id = c.id AND r.attempt = c.sms_armed_attempt
                             AND r.status || '' = 'queued' AND r.accepted_at IS NULL))
   ORDER BY c.sms_lease_until
   LIMIT 500
     FOR UPDATE OF c SKIP LOCKED),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM expired e
    JOIN sms_records o ON o.contact_id = e.id
   WHERE o.attempt IS DISTINCT FROM e.sms_armed_attempt
     FOR NO KEY UPDATE OF o),
-- the record as the update leaves it: a receipt may have come since the snapshot
recorded AS (
  UPDATE sms_records r
     SET status         = CASE WHEN r.status = 'queued' AND r.accepted_at IS NULL THEN 'failed' ELSE r.status END,
         failure_reason = CASE WHEN r.status = 'queued' AND r.accepted_at IS NULL THEN 'unknown_publish_outcome'
                               ELSE r.failure_reason END
    FROM expired e
   WHERE r.contact_id = e.id AND r.attempt = e.sms_armed_attempt
  RETURNING r.contact_id, r.retry_at, r.failure_reason,
            CASE WHEN r.status IN ('sent', 'delivered')
                      OR EXISTS (SELECT 1 FROM other o WHERE o.contact_id = r.contact_id AND o.status = 'delivered')
                 THEN 'sent'
                 WHEN r.retry_at IS NOT NULL THEN 'retry'
                 WHEN r.failure_reason = 'unknown_publish_outcome' THEN 'unknown'
                 WHEN r.undeliverable THEN 'undelivered'
                 WHEN r.status = 'failed' AND r.accepted_at IS NULL THEN 'refused'
                 ELSE 'sent' END AS outcome),
judged AS MATERIALIZED (
  SELECT e.id, r.retry_at, r.failure_reason,
         CASE WHEN r.outcome IS NOT NULL THEN r.outcome
              WHEN NOT e.unsent THEN 'unknown'
              WHEN EXISTS (SELECT 1 FROM other o WHERE o.contact_id = e.id AND o.status = 'delivered') THEN 'sent'
              ELSE 'released' END AS outcome
    FROM expired e
    LEFT JOIN recorded r ON r.contact_id = e.id)
UPDATE contacts c
   SET status            = CASE judged.outcome WHEN 'released' THEN 'pending' WHEN 'retry' THEN 'pending' WHEN 'sent' THEN 'completed'
                                               ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_not_before    = CASE judged.outcome WHEN 'released' THEN now() WHEN 'retry' THEN judged.retry_at ELSE c.sms_not_before END,
       sms_outcome       = CASE judged.outcome WHEN 'retry' THEN 'undelivered' ELSE nullif(judged.outcome, 'released') END,
       sms_reason        = CASE judged.outcome
                             WHEN 'unknown' THEN 'the sender died before SNS''s answer was written down'
                             WHEN 'refused' THEN judged.failure_reason
                             WHEN 'undelivered' THEN judged.failure_reason
                             WHEN 'retry' THEN judged.failure_reason END
  FROM judged
 WHERE c.id = judged.id
RETURNING c.id, CASE judged.outcome WHEN 'retry' THEN NULL ELSE c.sms_outcome END AS outcome, c.sms_reason AS reason
