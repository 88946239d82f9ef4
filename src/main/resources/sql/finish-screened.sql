-- Contacts that the screening ended: blacklisted, or never to be sent, before an attempt was used. One that was taken over with its
-- attempt armed (policy REPUBLISH) may have been sent by the invocation that died, and its record says so; where a receipt told that
-- it was delivered, that is what became of the contact.
-- status||'': hidden from the planner, which would else walk the dead entries of the lease index.
WITH held AS MATERIALIZED (
  SELECT c.id, c.sms_armed_attempt AS attempt, s.outcome, s.reason
    FROM contacts c
    JOIN unnest(cast(:#${variable.screened.endedIds} AS uuid[]), cast(:#${variable.screened.endedOutcomes} AS text[]),
                cast(:#${variable.screened.endedReasons} AS text[])) AS s(contact_id, outcome, reason) ON s.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.slice.lease} AS uuid)
     AND c.status || '' = 'in_progress'
     FOR UPDATE OF c),
recorded AS (
  UPDATE sms_records r
     SET status         = CASE r.status WHEN 'queued' THEN 'failed' ELSE r.status END,
         failure_reason = CASE r.status WHEN 'queued' THEN 'unknown_publish_outcome' ELSE r.failure_reason END
    FROM held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt
  RETURNING r.contact_id, r.status)
UPDATE contacts c
   SET status            = CASE WHEN r.status = 'delivered' THEN 'completed'
                                WHEN held.outcome = 'blacklisted' THEN 'blacklisted' ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_outcome       = CASE r.status WHEN 'delivered' THEN 'sent' ELSE held.outcome END,
       sms_reason        = CASE r.status WHEN 'delivered' THEN NULL ELSE held.reason END
  FROM held
  LEFT JOIN recorded r ON r.contact_id = held.id
 WHERE c.id = held.id
