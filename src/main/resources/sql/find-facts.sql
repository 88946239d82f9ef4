-- All that is known about these contacts, for the gates; the first nine columns are those of claim.sql, so that they are read alike.
-- What the reaper would make of a lease that is over is judged as in reap.sql; whom it leaves waiting for another attempt is
-- 'released' with a retry_at.
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
       CASE reaped.fate WHEN 'retry' THEN 'released' ELSE reaped.fate END AS reaped,
       CASE reaped.fate WHEN 'retry' THEN r.retry_at END AS retry_at, coalesce(reaped.fate = 'retry' AND r.retry_at > now(), false) AS retry_waits,
       coalesce(c.attempts, 0) > 0 AND arrived.is_delivered AS arrived,
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
 CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = c.id AND o.status || '' = 'delivered') AS is_delivered) arrived
 CROSS JOIN LATERAL (
       SELECT CASE WHEN NOT lease.is_over OR doubt.is_doubted THEN NULL
                   WHEN r.id IS NULL AND (c.sms_lease_id IS NULL OR c.sms_armed_attempt IS NOT NULL) THEN 'unknown'
                   WHEN r.status IN ('sent', 'delivered') OR arrived.is_delivered THEN 'sent'
                   WHEN r.id IS NULL THEN 'released'
                   WHEN r.retry_at IS NOT NULL THEN 'retry'
                   WHEN r.status = 'queued' AND r.accepted_at IS NULL OR r.failure_reason = 'unknown_publish_outcome' THEN 'unknown'
                   WHEN r.undeliverable THEN 'undelivered'
                   WHEN r.status = 'failed' AND r.accepted_at IS NULL THEN 'refused'
                   ELSE 'sent' END AS fate) reaped
 WHERE c.id = ANY (cast(:#${variable.subjects} AS uuid[]))
   AND c.campaign_id = :#${variable.campaign.id}
