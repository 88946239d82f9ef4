-- Contacts that the screening ended: blacklisted, or never to be sent, before an attempt was used. One that was taken over with its
-- attempt armed (policy REPUBLISH) may have been sent by the invocation that died, and its record says so.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
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
     SET status = 'failed', failure_reason = 'unknown_publish_outcome'
    FROM held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt AND r.status || '' = 'queued')
UPDATE contacts c
   SET status            = CASE held.outcome WHEN 'blacklisted' THEN 'blacklisted' ELSE 'failed' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_outcome       = held.outcome,
       sms_reason        = held.reason
  FROM held
 WHERE c.id = held.id
