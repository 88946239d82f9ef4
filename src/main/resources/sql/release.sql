-- Whatever this slice still holds and never armed goes back untouched, to be claimed again at once: no attempt is used.
-- Never more than that: the lease is random, so a repeated release cannot free another worker's claim. Whose earlier
-- message turned out delivered meanwhile is done.
UPDATE contacts
   SET (status, sms_outcome) = (SELECT CASE count(*) WHEN 0 THEN 'pending' ELSE 'completed' END, CASE WHEN count(*) > 0 THEN 'sent' END
                                  FROM sms_records o
                                 WHERE contacts.attempts > 0 AND o.contact_id = contacts.id AND o.status || '' = 'delivered'),
       sms_lease_id    = NULL,
       sms_lease_until = NULL,
       sms_not_before  = now()
 WHERE id = ANY (cast(:#${variable.slice.ids} AS uuid[]))
   AND sms_lease_id = cast(:#${variable.slice.lease} AS uuid)
   AND sms_armed_attempt IS NULL
   AND status || '' = 'in_progress'
