-- What claim.sql would claim and how it would judge, without leasing anybody: the same contacts in the same order, the same columns.
-- Those whom the reaper would hand back first are named by id, since they are still leased: they go behind the others, due now, or where
-- the receipt of their last message puts them.
WITH candidate AS MATERIALIZED (
  SELECT due.id, due.phone_number, due.attempts
    FROM unnest(cast(:#${variable.slice.zones} AS text[])) AS zone(name)
   CROSS JOIN LATERAL (
         SELECT id, phone_number, attempts, sms_not_before, created_at
           FROM ((SELECT id, phone_number, attempts, sms_not_before, created_at
                    FROM contacts
                   WHERE campaign_id = :#${variable.campaign.id}
                     AND coalesce(timezone, '') = zone.name
                     AND status = 'pending' AND sms_capable
                     AND sms_not_before <= now()
                   ORDER BY sms_not_before, created_at
                   LIMIT :#${variable.slice.limit})
                  UNION ALL
                 (SELECT id, phone_number, attempts,
                         coalesce((SELECT r.retry_at FROM sms_records r
                                    WHERE r.contact_id = contacts.id AND r.attempt = contacts.sms_armed_attempt), now()),
                         created_at
                    FROM contacts
                   WHERE id = ANY (cast(:#${variable.batch.releasedIds} AS uuid[]))
                     AND coalesce(timezone, '') = zone.name
                     AND sms_capable)) waiting
          ORDER BY sms_not_before, created_at
          LIMIT :#${variable.slice.limit}) due
   LIMIT :#${variable.slice.limit}),
judged AS MATERIALIZED (
  SELECT id,
         CASE WHEN EXISTS (SELECT 1 FROM blacklist WHERE blacklist.phone_number = candidate.phone_number) THEN 'blacklisted'
              WHEN coalesce(attempts, 0) >= :#${variable.config.maxAttempts} THEN 'failed'
              ELSE 'in_progress' END AS status
    FROM candidate)
SELECT c.id, c.phone_number, c.timezone, judged.status, NULL::text AS reason,
       left(c.metadata::text, 65536) AS metadata,
       NULL::integer AS armed_attempt, NULL::uuid AS record_id, NULL::text AS message
  FROM judged
  JOIN contacts c ON c.id = judged.id
