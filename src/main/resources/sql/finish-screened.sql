-- Contacts that the screening ended: blacklisted, or never to be sent, before an attempt was used. One that was taken over with its
-- attempt armed (policy REPUBLISH) may have been sent by the invocation that died, and its record says so; where a receipt told that
-- it was sent, or that any message of the contact was delivered, that is what became of the contact.
-- status||'': hidden from the planner, which would else walk the dead entries of the lease index.
WITH held AS MATERIALIZED (
  SELECT c.id, c.attempts, c.sms_armed_attempt AS attempt, s.outcome, s.reason
    FROM contacts c
    JOIN unnest(cast(:#${variable.screened.endedIds} AS uuid[]), cast(:#${variable.screened.endedOutcomes} AS text[]),
                cast(:#${variable.screened.endedReasons} AS text[])) AS s(contact_id, outcome, reason) ON s.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.slice.lease} AS uuid)
     AND c.status || '' = 'in_progress'
     FOR UPDATE OF c),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM held
    JOIN sms_records o ON o.contact_id = held.id
   WHERE held.attempts > 0 AND o.attempt IS DISTINCT FROM held.attempt
     FOR NO KEY UPDATE OF o),
recorded AS (
  UPDATE sms_records r
     SET status         = CASE r.status WHEN 'queued' THEN 'failed' ELSE r.status END,
         failure_reason = CASE r.status WHEN 'queued' THEN 'unknown_publish_outcome' ELSE r.failure_reason END
    FROM held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt
  RETURNING r.contact_id, r.status),
judged AS MATERIALIZED (
  SELECT held.*, coalesce(r.status IN ('sent', 'delivered'), false)
                 OR EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') AS sent
    FROM held
    LEFT JOIN recorded r ON r.contact_id = held.id)
UPDATE contacts c
   SET status            = CASE WHEN judged.sent THEN 'completed'
                                WHEN judged.outcome = 'blacklisted' THEN 'blacklisted' ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_outcome       = CASE WHEN judged.sent THEN 'sent' ELSE judged.outcome END,
       sms_reason        = CASE WHEN NOT judged.sent THEN judged.reason END
  FROM judged
 WHERE c.id = judged.id
