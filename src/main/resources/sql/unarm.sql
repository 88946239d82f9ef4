-- SNS surely did not accept these: the attempt is given back, the record goes, the contact waits for its backoff. A record
-- that is no longer 'queued' stays with its contact armed; the reaper follows it. Whose earlier message turned out delivered meanwhile
-- is done.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
WITH refused AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.refusedIds} AS uuid[]), cast(:#${variable.chunk.refusedDelays} AS integer[]),
                cast(:#${variable.chunk.refusedReasons} AS text[])) AS r(contact_id, delay, reason)),
held AS MATERIALIZED (
  SELECT c.id, c.attempts, c.sms_armed_attempt AS attempt, refused.delay, refused.reason
    FROM contacts c
    JOIN refused ON refused.contact_id = c.id
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt IS NOT NULL
     FOR UPDATE OF c),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM held
    JOIN sms_records o ON o.contact_id = held.id
   WHERE held.attempts > 1 AND o.attempt IS DISTINCT FROM held.attempt
     FOR NO KEY UPDATE OF o),
removed AS (
  DELETE FROM sms_records r
   USING held
   WHERE r.contact_id = held.id AND r.attempt = held.attempt AND r.status || '' = 'queued' AND r.accepted_at IS NULL
  RETURNING r.contact_id),
judged AS MATERIALIZED (
  SELECT held.*, EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') AS delivered
    FROM held
    JOIN removed ON removed.contact_id = held.id)
UPDATE contacts c
   SET attempts          = c.attempts - 1,
       status            = CASE WHEN c.status <> 'in_progress' THEN c.status WHEN judged.delivered THEN 'completed' ELSE 'pending' END,
       sms_lease_id      = NULL,
       sms_lease_until   = NULL,
       sms_armed_attempt = NULL,
       sms_not_before    = now() + judged.delay * interval '1 millisecond',
       sms_outcome       = CASE WHEN judged.delivered THEN 'sent' ELSE 'refused' END,
       sms_reason        = CASE WHEN judged.delivered THEN NULL ELSE judged.reason END
  FROM judged
 WHERE c.id = judged.id
