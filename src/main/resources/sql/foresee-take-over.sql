-- What take-over.sql would take over (policy REPUBLISH), without leasing it: the same contacts, the same columns.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
SELECT c.id, c.phone_number, c.timezone, c.status, c.sms_reason AS reason, NULL::text AS metadata,
       c.sms_armed_attempt AS armed_attempt, r.id AS record_id, r.message
  FROM contacts c
  JOIN sms_records r ON r.contact_id = c.id AND r.attempt = c.sms_armed_attempt
 WHERE c.campaign_id = :#${variable.campaign.id}
   AND c.status = 'in_progress'
   AND c.sms_lease_until < now()
   AND r.status || '' = 'queued' AND r.accepted_at IS NULL
   AND coalesce(c.timezone, '') = ANY (cast(:#${variable.slice.zones} AS text[]))
 ORDER BY c.sms_lease_until
 LIMIT :#${variable.slice.limit}
