-- Contacts that the screening ended before an attempt was used: blacklisted, or never to be sent.
UPDATE contacts c
   SET status          = CASE s.outcome WHEN 'blacklisted' THEN 'blacklisted' ELSE 'failed' END,
       sms_lease_id    = NULL,
       sms_lease_until = NULL,
       sms_outcome     = s.outcome,
       sms_reason      = s.reason
  FROM unnest(cast(:#${variable.screened.endedIds} AS uuid[]), cast(:#${variable.screened.endedOutcomes} AS text[]),
              cast(:#${variable.screened.endedReasons} AS text[])) AS s(contact_id, outcome, reason)
 WHERE c.id = s.contact_id
   AND c.sms_lease_id = cast(:#${variable.slice.lease} AS uuid)
   AND c.sms_armed_attempt IS NULL
   AND c.status || '' = 'in_progress'
