-- Campaigns that are paused or over in which dead invocations left somebody leased, with the columns of find-campaign.sql. One pass over
-- whoever is in progress, few at any time, and none over the campaigns, however many an old platform has. Without a lease: reap.sql
-- says how long they are left.
WITH leased AS MATERIALIZED (
  SELECT campaign_id
    FROM contacts
   WHERE status = 'in_progress'
   GROUP BY campaign_id
  HAVING coalesce(min(sms_lease_until) < now(), true))
SELECT id, name, type, status, config::text AS config, start_time, end_time, timezone,
       coalesce(start_time <= now(), true) AS started, coalesce(end_time <= now(), false) AS ended
  FROM leased
  JOIN campaigns ON id = campaign_id
 WHERE status IN ('paused', 'completed', 'cancelled')
   AND type = 'sms'
