-- Policy REPUBLISH: takes over contacts whose sender died between arming and writing down SNS's answer, to publish the very
-- same message again under the same record id. Only in zones that are open now; the others wait for their window.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH expired AS MATERIALIZED (
  SELECT c.id, r.id AS record_id, r.message
    FROM contacts c
    JOIN sms_records r ON r.contact_id = c.id AND r.attempt = c.sms_armed_attempt
   WHERE c.campaign_id = :#${variable.campaign.id}
     AND c.status = 'in_progress'
     AND c.sms_lease_until < now()
     AND r.status || '' = 'queued' AND r.accepted_at IS NULL
     AND coalesce(c.timezone, '') = ANY (cast(:#${variable.slice.zones} AS text[]))
   ORDER BY c.sms_lease_until
   LIMIT :#${variable.slice.limit}
     FOR UPDATE OF c SKIP LOCKED)
UPDATE contacts c
   SET sms_lease_id    = cast(:#${variable.slice.lease} AS uuid),
       sms_lease_until = now() + :#${variable.slice.leaseSeconds} * interval '1 second'
  FROM expired
 WHERE c.id = expired.id
RETURNING c.id, c.phone_number, c.timezone, c.status, c.sms_reason AS reason, NULL::text AS metadata,
          c.sms_armed_attempt AS armed_attempt, expired.record_id, expired.message
