-- Leases up to a slice of contacts, zone after zone in the order given (the one that closes first stands first); no attempt is
-- used. Each zone is read by its own index range, so that contacts of sleeping zones are never read at all. Whoever is
-- blacklisted or has no attempt left leaves 'pending' here, so that nothing can stay at the head of the queue.
-- MATERIALIZED: an inlined locking subquery may run twice and lock more than the limit. Metadata is cut, and so cannot be read,
-- beyond 64 KiB of text; its size as stored is that of what it was compressed to.
WITH candidate AS MATERIALIZED (
  SELECT due.id, due.phone_number, due.attempts
    FROM unnest(cast(:#${variable.slice.zones} AS text[])) AS zone(name)
   CROSS JOIN LATERAL (
         SELECT id, phone_number, attempts
           FROM contacts
          WHERE campaign_id = :#${variable.campaign.id}
            AND coalesce(timezone, '') = zone.name
            AND status = 'pending' AND sms_capable
            AND sms_not_before <= now()
          ORDER BY sms_not_before, created_at
          LIMIT :#${variable.slice.limit}
            FOR UPDATE SKIP LOCKED) due
   LIMIT :#${variable.slice.limit}),
judged AS MATERIALIZED (
  SELECT id,
         CASE WHEN EXISTS (SELECT 1 FROM blacklist WHERE blacklist.phone_number = candidate.phone_number) THEN 'blacklisted'
              WHEN coalesce(attempts, 0) >= :#${variable.config.maxAttempts} THEN 'failed'
              ELSE 'in_progress' END AS status
    FROM candidate)
UPDATE contacts c
   SET status            = judged.status,
       sms_lease_id      = CASE WHEN judged.status = 'in_progress' THEN cast(:#${variable.slice.lease} AS uuid) END,
       sms_lease_until   = CASE WHEN judged.status = 'in_progress'
                                THEN now() + :#${variable.slice.leaseSeconds} * interval '1 second' END,
       sms_armed_attempt = NULL,
       sms_outcome       = CASE judged.status WHEN 'blacklisted' THEN 'blacklisted' WHEN 'failed' THEN 'attemptsExhausted' END,
       sms_reason        = CASE judged.status WHEN 'blacklisted' THEN 'the number is on the blacklist'
                                WHEN 'failed' THEN 'no attempt left' END
  FROM judged
 WHERE c.id = judged.id
RETURNING c.id, c.phone_number, c.timezone, c.status, c.sms_reason AS reason,
          left(c.metadata::text, 65536) AS metadata,
          NULL::integer AS armed_attempt, NULL::uuid AS record_id, NULL::text AS message
