-- All that is known about these contacts, for the gates; the first nine columns are those of claim.sql, so that they are read alike.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
SELECT c.id, c.phone_number, c.timezone, 'in_progress' AS status, NULL::text AS reason,
       left(c.metadata::text, 65536) AS metadata,
       CASE WHEN doubt.is_doubted THEN c.sms_armed_attempt END AS armed_attempt,
       CASE WHEN doubt.is_doubted THEN r.id END AS record_id,
       CASE WHEN doubt.is_doubted THEN r.message END AS message,
       c.status AS contact_status, coalesce(c.sms_capable, false) AS capable, coalesce(c.attempts, 0) AS attempts, c.last_attempt_at,
       c.sms_not_before, c.sms_not_before <= now() AS due,
       c.sms_lease_id IS NOT NULL AS leased, c.sms_lease_until, c.sms_armed_attempt,
       c.sms_outcome, c.sms_reason,
       EXISTS (SELECT 1 FROM blacklist b WHERE b.phone_number = c.phone_number) AS blacklisted,
       CASE WHEN NOT lease.is_over OR doubt.is_doubted THEN NULL
            WHEN c.sms_lease_id IS NOT NULL AND c.sms_armed_attempt IS NULL THEN 'released'
            WHEN r.accepted_at IS NOT NULL OR r.status IN ('sent', 'delivered', 'undelivered') THEN 'sent'
            WHEN r.status = 'failed' THEN 'refused'
            ELSE 'unknown' END AS reaped,
       lease.is_over AS lease_over,
       coalesce(c.sms_lease_until, c.updated_at + interval '1 hour') AS lease_ends
  FROM contacts c
  LEFT JOIN sms_records r ON r.contact_id = c.id AND r.attempt = c.sms_armed_attempt
 CROSS JOIN LATERAL (
       SELECT c.status || '' = 'in_progress'
              AND coalesce(c.sms_lease_until < now(), false)
               OR c.status || '' = 'in_progress' AND c.sms_lease_id IS NULL AND c.updated_at < now() - interval '1 hour' AS is_over) lease
 CROSS JOIN LATERAL (
       SELECT cast(:#${variable.republishing} AS boolean) AND lease.is_over
              AND coalesce(r.status || '' = 'queued' AND r.accepted_at IS NULL, false) AS is_doubted) doubt
 WHERE c.id = ANY (cast(:#${variable.subjects} AS uuid[]))
   AND c.campaign_id = :#${variable.campaign.id}
