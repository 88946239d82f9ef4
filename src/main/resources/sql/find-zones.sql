-- The time zones of the contacts still pending, each with the first instant one of its contacts is due ('' = the campaign's
-- zone); last, with no zone, when the next lease ends. A skip scan: 0.6 ms where SELECT DISTINCT took 405 ms on 3 M contacts.
WITH RECURSIVE zone AS (
  (SELECT coalesce(timezone, '') AS name
     FROM contacts
    WHERE campaign_id = :#${variable.campaign.id} AND status = 'pending' AND sms_capable
    ORDER BY 1
    LIMIT 1)
  UNION ALL
  SELECT (SELECT coalesce(timezone, '')
            FROM contacts
           WHERE campaign_id = :#${variable.campaign.id} AND status = 'pending' AND sms_capable
             AND coalesce(timezone, '') > zone.name
           ORDER BY 1
           LIMIT 1)
    FROM zone
   WHERE zone.name IS NOT NULL)
SELECT name AS zone,
       (SELECT sms_not_before
          FROM contacts
         WHERE campaign_id = :#${variable.campaign.id} AND status = 'pending' AND sms_capable
           AND coalesce(timezone, '') = zone.name
         ORDER BY coalesce(timezone, ''), sms_not_before
         LIMIT 1) AS due
  FROM zone
 WHERE name IS NOT NULL
UNION ALL
SELECT NULL, lease.ends
  FROM (SELECT min(coalesce(sms_lease_until, updated_at + interval '1 hour')) AS ends
          FROM contacts
         WHERE campaign_id = :#${variable.campaign.id} AND status = 'in_progress') lease
 WHERE lease.ends IS NOT NULL
