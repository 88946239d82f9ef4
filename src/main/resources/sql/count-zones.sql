-- How many contacts wait in each zone, how many of them are due, and a sample of them to judge. Zone by zone through its index range,
-- and no further than the bound: whoever asks about 10 M contacts gets "at least", not a time-out. The sample is drawn by the hash of
-- the id, so it is the same each time and owes nothing to the order in which contacts were imported.
SELECT zone.name AS zone, counted.waiting, counted.due, counted.sample
  FROM unnest(cast(:#${variable.survey.zones} AS text[])) AS zone(name)
 CROSS JOIN LATERAL (
       WITH line AS MATERIALIZED (
         SELECT id, sms_not_before
           FROM contacts
          WHERE campaign_id = :#${variable.campaign.id}
            AND coalesce(timezone, '') = zone.name
            AND status = 'pending' AND sms_capable
          ORDER BY sms_not_before, created_at
          LIMIT :#${variable.survey.bound})
       SELECT count(*) AS waiting, count(*) FILTER (WHERE sms_not_before <= now()) AS due,
              (SELECT string_agg(id::text, ',')
                 FROM (SELECT id FROM line ORDER BY uuid_hash(id), id LIMIT :#${variable.survey.sampleSize}) drawn) AS sample
         FROM line) counted
