-- Every campaign that may have something to do, with the columns of find-campaign.sql. By the index on status, since most campaigns of an
-- old platform are completed. In random order: among those that close at the same time none stands behind the others in every sweep.
SELECT id, name, type, status, config::text AS config, start_time, end_time, timezone,
       coalesce(start_time <= now(), true) AS started, coalesce(end_time <= now(), false) AS ended
  FROM campaigns
 WHERE status IN ('active', 'scheduled')
   AND type = 'sms'
   AND coalesce(start_time <= now(), true)
 ORDER BY random()
