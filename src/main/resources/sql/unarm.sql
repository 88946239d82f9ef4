-- SNS surely did not accept these: the attempt is given back, the record goes, the contact waits for its backoff. A record
-- that is no longer 'queued' stays with its contact armed; the reaper follows it. Whose earlier message turned out delivered meanwhile
-- is done.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH refused AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.refusedIds} AS uuid[]), cast(:#${variable.chunk.refusedDelays} AS integer[]),
                cast(:#${variable.chunk.refusedReasons} AS text[])) AS r(contact_id, delay, reason)),
held AS MATERIALIZED (
  SELECT c.id, c.sms_armed_attempt AS attempt, refused.delay, refused.reason,
         c.attempts > 1 AND EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = c.id AND o.status || '' = 'delivered') AS delivered
    FROM contacts c
    JOIN refused ON refused.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt IS NOT NULL
     FOR UPDATE OF c),
removed AS (
  DELETE FROM sms_records r
   USING held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt AND r.status || '' = 'queued' AND r.accepted_at IS NULL
  RETURNING r.contact_id)
UPDATE contacts c
   SET attempts          = c.attempts - 1,
       status            = CASE WHEN c.status <> 'in_progress' THEN c.status WHEN held.delivered THEN 'completed' ELSE 'pending' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_not_before    = now() + held.delay * interval '1 millisecond',
       sms_outcome       = CASE WHEN held.delivered THEN 'sent' ELSE 'refused' END,
       sms_reason        = CASE WHEN held.delivered THEN NULL ELSE held.reason END
  FROM held
  JOIN removed ON removed.contact_id = held.id
 WHERE c.id = held.id
