-- What reap.sql would do, without doing it: the same contacts, judged in the same way.
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
SELECT e.id, coalesce(e.timezone, '') AS zone, coalesce(e.sms_capable, false) AS capable, now() AS due,
       CASE WHEN e.unsent THEN 'released'
            WHEN r.accepted_at IS NOT NULL OR r.status IN ('sent', 'delivered', 'undelivered') THEN 'sent'
            WHEN r.status = 'failed' THEN 'refused'
            ELSE 'unknown' END AS outcome
  FROM expired e
  LEFT JOIN sms_records r ON r.contact_id = e.id AND r.attempt = e.sms_armed_attempt
