-- SNS accepted these: contact completed, record sent. Fenced by lease and armed attempt, so that a late invocation changes
-- nothing. A status that a receipt wrote first stays, and the contact follows it, as it does where the receipt comes later (fate, as in
-- record-receipt.sql): the record is read as the update leaves it, since the snapshot may be older than the receipt. Says 'settled'
-- again when a first try was committed but its answer lost.
WITH accepted AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.acceptedIds} AS uuid[]), cast(:#${variable.chunk.acceptedRecords} AS uuid[]),
                cast(:#${variable.chunk.acceptedMessageIds} AS text[])) AS a(contact_id, record_id, sns_message_id)),
held AS MATERIALIZED (
  SELECT c.id, c.attempts, a.record_id, a.sns_message_id
    FROM contacts c
    JOIN accepted a ON a.contact_id = c.id
    JOIN sms_records r ON r.id = a.record_id AND r.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt = r.attempt
     FOR UPDATE OF c),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM held
    JOIN sms_records o ON o.contact_id = held.id
   WHERE held.attempts > 1 AND o.id <> held.record_id
     FOR NO KEY UPDATE OF o),
recorded AS (
  UPDATE sms_records r
     SET status         = CASE r.status WHEN 'queued' THEN 'sent' ELSE r.status END,
         sent_at        = now(),
         accepted_at    = now(),
         sns_message_id = held.sns_message_id
    FROM held
   WHERE r.id = held.record_id
  RETURNING r.contact_id, r.retry_at, r.failure_reason,
            CASE WHEN r.status IN ('sent', 'delivered') OR (r.retry_at IS NULL AND NOT r.undeliverable)
                      OR EXISTS (SELECT 1 FROM other o WHERE o.contact_id = r.contact_id AND o.status = 'delivered')
                 THEN 'completed'
                 WHEN r.retry_at IS NULL THEN 'failed' ELSE 'pending' END AS fate),
completed AS (
  UPDATE contacts c
     SET status            = CASE c.status WHEN 'in_progress' THEN r.fate ELSE c.status END,
         sms_lease_id      = NULL,
         sms_lease_until   = NULL,
         sms_armed_attempt = NULL,
         sms_not_before    = CASE r.fate WHEN 'pending' THEN r.retry_at ELSE c.sms_not_before END,
         sms_outcome       = CASE r.fate WHEN 'completed' THEN 'sent' ELSE 'undelivered' END,
         sms_reason        = CASE r.fate WHEN 'completed' THEN NULL ELSE r.failure_reason END
    FROM recorded r
   WHERE c.id = r.contact_id
  RETURNING c.id)
SELECT a.contact_id AS id,
       completed.id IS NOT NULL
       OR EXISTS (SELECT 1 FROM sms_records r
                   WHERE r.id = a.record_id AND r.sns_message_id = a.sns_message_id) AS settled
  FROM accepted a
  LEFT JOIN completed ON completed.id = a.contact_id
