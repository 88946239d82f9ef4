-- Campaigns that are paused or over in which dead invocations left somebody leased, with the columns of find-campaign.sql. From one
-- campaign to the next through the lease index, which holds only what is in progress: two probes for each campaign that has anybody
-- there, none for the others, however many an old platform has. Without a lease: reap.sql says how long they are left.
WITH RECURSIVE leased AS (
  (SELECT campaign_id, sms_lease_until
     FROM contacts
    WHERE status = 'in_progress'
    ORDER BY campaign_id, sms_lease_until
    LIMIT 1)
  UNION ALL
  SELECT following.campaign_id, following.sms_lease_until
    FROM leased
   CROSS JOIN LATERAL (
         SELECT campaign_id, sms_lease_until
           FROM contacts
          WHERE status = 'in_progress' AND campaign_id > leased.campaign_id
          ORDER BY campaign_id, sms_lease_until
          LIMIT 1) following)
SELECT id, name, type, status, config::text AS config, start_time, end_time, timezone,
       coalesce(start_time <= now(), true) AS started, coalesce(end_time <= now(), false) AS ended
  FROM leased
  JOIN campaigns ON id = campaign_id
 WHERE coalesce(sms_lease_until < now(), true)
   AND status IN ('paused', 'completed', 'cancelled')
   AND type = 'sms'
