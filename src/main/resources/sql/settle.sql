-- SNS accepted these: contact completed, record sent. Fenced by lease and armed attempt, so that a late invocation changes
-- nothing; a status that a receipt wrote first stays. Says 'settled' again when a first try was committed but its answer lost.
WITH accepted AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.acceptedIds} AS uuid[]), cast(:#${variable.chunk.acceptedRecords} AS uuid[]),
                cast(:#${variable.chunk.acceptedMessageIds} AS text[])) AS a(contact_id, record_id, sns_message_id)),
held AS MATERIALIZED (
  SELECT c.id, a.record_id, a.sns_message_id
    FROM contacts c
    JOIN accepted a ON a.contact_id = c.id
    JOIN sms_records r ON r.id = a.record_id AND r.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt = r.attempt
     FOR UPDATE OF c),
recorded AS (
  UPDATE sms_records r
     SET status         = CASE r.status WHEN 'queued' THEN 'sent' ELSE r.status END,
         sent_at        = now(),
         accepted_at    = now(),
         sns_message_id = held.sns_message_id
    FROM held
   WHERE r.id = held.record_id),
completed AS (
  UPDATE contacts c
     SET status            = CASE c.status WHEN 'in_progress' THEN 'completed' ELSE c.status END,
         sms_lease_id      = NULL,
         sms_lease_until   = NULL,
         sms_armed_attempt = NULL,
         sms_outcome       = 'sent',
         sms_reason        = NULL
    FROM held
   WHERE c.id = held.id
  RETURNING c.id)
SELECT a.contact_id AS id,
       completed.id IS NOT NULL
       OR EXISTS (SELECT 1 FROM sms_records r
                   WHERE r.id = a.record_id AND r.sns_message_id = a.sns_message_id) AS settled
  FROM accepted a
  LEFT JOIN completed ON completed.id = a.contact_id
