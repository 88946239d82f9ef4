-- The campaign's pace over its last two minutes at work: what the finish is reckoned with where the event names none.
SELECT count(*) AS messages, extract(epoch FROM max(sent_at) - min(sent_at)) AS seconds
  FROM (SELECT sent_at
          FROM sms_records
         WHERE sent_at > now() - interval '2 minutes'
           AND campaign_id = :#${variable.campaign.id}
           AND accepted_at IS NOT NULL
         ORDER BY sent_at DESC
         LIMIT 10000) lately
