-- Puts right what dead invocations left behind: a lease that was never armed goes back unused; an armed one follows its
-- record; one whose publish has no known answer fails as 'unknown' and is never sent again (policy FAIL), or is left to
-- take-over.sql (policy REPUBLISH, while the campaign runs). Contacts without a lease are those of the function that came
-- before: in progress for an hour, they too may have been sent.
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
judged AS MATERIALIZED (
  SELECT e.id, r.id AS record_id,
         CASE WHEN e.unsent THEN 'released'
              WHEN r.accepted_at IS NOT NULL OR r.status IN ('sent', 'delivered', 'undelivered') THEN 'sent'
              WHEN r.status = 'failed' THEN 'refused'
              ELSE 'unknown' END AS outcome,
         CASE WHEN r.status = 'failed' THEN r.failure_reason END AS failure
    FROM expired e
    LEFT JOIN sms_records r ON r.contact_id = e.id AND r.attempt = e.sms_armed_attempt),
marked AS (
  UPDATE sms_records r
     SET status = 'failed', failure_reason = 'unknown_publish_outcome'
    FROM judged
   WHERE r.id = judged.record_id AND judged.outcome = 'unknown' AND r.status || '' = 'queued')
UPDATE contacts c
   SET status            = CASE judged.outcome WHEN 'released' THEN 'pending' WHEN 'sent' THEN 'completed' ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_not_before    = CASE judged.outcome WHEN 'released' THEN now() ELSE c.sms_not_before END,
       sms_outcome       = nullif(judged.outcome, 'released'),
       sms_reason        = CASE judged.outcome
                             WHEN 'unknown' THEN 'the sender died before SNS''s answer was written down'
                             WHEN 'refused' THEN judged.failure END
  FROM judged
 WHERE c.id = judged.id
RETURNING c.id, c.sms_outcome AS outcome, c.sms_reason AS reason
