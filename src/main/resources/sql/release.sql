-- Whatever this slice still holds and never armed goes back untouched, to be claimed again at once: no attempt is used.
-- Never more than that: the lease is random, so a repeated release cannot free another worker's claim. Whose earlier
-- message turned out delivered meanwhile is done.
-- status||'': hidden from the planner, which would else walk the dead entries of the lease index.
WITH held AS MATERIALIZED (
  SELECT c.id, c.attempts
    FROM contacts c
   WHERE c.id = ANY (cast(:#${variable.slice.ids} AS uuid[]))
     AND c.sms_lease_id = cast(:#${variable.slice.lease} AS uuid)
     AND c.sms_armed_attempt IS NULL
     AND c.status || '' = 'in_progress'
     FOR UPDATE OF c),
-- other attempts' records as they are: a receipt that held the contact's lock before us may be newer than the snapshot, and relies on us
other AS MATERIALIZED (
  SELECT o.contact_id, o.status
    FROM held
    JOIN sms_records o ON o.contact_id = held.id
   WHERE held.attempts > 0
     FOR NO KEY UPDATE OF o),
judged AS MATERIALIZED (
  SELECT held.id, EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') AS delivered
    FROM held)
UPDATE contacts c
   SET status          = CASE WHEN judged.delivered THEN 'completed' ELSE 'pending' END,
       sms_outcome     = CASE WHEN judged.delivered THEN 'sent' END,
       sms_lease_id    = NULL,
       sms_lease_until = NULL,
       sms_not_before  = now()
  FROM judged
 WHERE c.id = judged.id
