-- The campaign of the event; config as text, so that it is read and judged in one place.
SELECT id, name, type, status, config::text AS config, start_time, end_time, timezone,
       coalesce(start_time <= now(), true) AS started, coalesce(end_time <= now(), false) AS ended
  FROM campaigns
 WHERE id = :#${variable.request.campaignId}
