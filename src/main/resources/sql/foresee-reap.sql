-- What reap.sql would do, without doing it: the same contacts, judged in the same way. Whom it leaves waiting for another attempt is
-- 'released' once that is due, and nobody's outcome before.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH expired AS MATERIALIZED (
  SELECT c.id, c.sms_lease_id IS NOT NULL AND c.sms_armed_attempt IS NULL AS unsent, c.sms_armed_attempt, c.timezone, c.sms_capable
    FROM contacts c
   WHERE c.campaign_id = :#${variable.campaign.id}
     AND c.status = 'in_progress'
     AND (c.sms_lease_until < now() OR (c.sms_lease_id IS NULL AND c.updated_at < now() - interval '1 hour'))
     AND NOT (cast(:#${variable.republishing} AS boolean)
              AND EXISTS (SELECT 1 FROM sms_records r
                           WHERE r.contact_id = c.id AND r.attempt = c.sms_armed_attempt
                             AND r.status || '' = 'queued' AND r.accepted_at IS NULL))
   ORDER BY c.sms_lease_until
   LIMIT 500)
SELECT e.id, coalesce(e.timezone, '') AS zone, coalesce(e.sms_capable, false) AS capable,
       CASE judged.fate WHEN 'retry' THEN r.retry_at ELSE now() END AS due,
       CASE WHEN judged.fate <> 'retry' THEN judged.fate WHEN r.retry_at <= now() THEN 'released' END AS outcome
  FROM expired e
  LEFT JOIN sms_records r ON r.contact_id = e.id AND r.attempt = e.sms_armed_attempt
 CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = e.id AND o.status || '' = 'delivered') AS is_delivered) arrived
 CROSS JOIN LATERAL (
       SELECT CASE WHEN r.id IS NULL AND NOT e.unsent THEN 'unknown'
                   WHEN r.status IN ('sent', 'delivered') OR arrived.is_delivered THEN 'sent'
                   WHEN r.id IS NULL THEN 'released'
                   WHEN r.retry_at IS NOT NULL THEN 'retry'
                   WHEN r.status = 'queued' AND r.accepted_at IS NULL OR r.failure_reason = 'unknown_publish_outcome' THEN 'unknown'
                   WHEN r.undeliverable THEN 'undelivered'
                   WHEN r.status = 'failed' AND r.accepted_at IS NULL THEN 'refused'
                   ELSE 'sent' END AS fate) judged
