-- Where a short link leads, and its click written down on the way: by a person, or by a program that looks before one does (a sign
-- in the request; within a second of SNS's acceptance; the fifth within five seconds, with which the four before it are programs'
-- too). The first click of a person opens the message, earliest wins; it proves no delivery, so the status stays.
-- The record's lock keeps two clicks of a message from judging at once. Clicks of the same instant may not see each other in a
-- burst; the next one does.
WITH link AS MATERIALIZED (
  SELECT l.token, l.target, l.record_id, r.campaign_id, coalesce(r.accepted_at, r.sent_at) AS accepted_at
    FROM sms_links l
    JOIN sms_records r ON r.id = l.record_id
   WHERE l.token = cast(:#${variable.click.token} AS text)
     FOR NO KEY UPDATE OF r),
judged AS MATERIALIZED (
  SELECT link.*, burst.is_one AS burst,
         CASE WHEN cast(:#${variable.click.sign} AS text) IS NOT NULL THEN cast(:#${variable.click.sign} AS text)
              WHEN now() < link.accepted_at + interval '1 second' THEN 'tooSoon'
              WHEN burst.is_one THEN 'burst' END AS reason
    FROM link,
         LATERAL (SELECT count(*) >= 4 AS is_one
                    FROM sms_clicks c
                   WHERE c.token = link.token AND c.clicked_at > now() - interval '5 seconds') burst),
clicked AS (
  INSERT INTO sms_clicks (token, record_id, campaign_id, clicked_at, kind, reason, user_agent)
  SELECT token, record_id, campaign_id, now(), CASE WHEN reason IS NULL THEN 'human' ELSE 'prefetch' END, reason,
         cast(:#${variable.click.userAgent} AS text)
    FROM judged),
demoted AS (
  UPDATE sms_clicks c
     SET kind = 'prefetch', reason = 'burst'
    FROM judged
   WHERE judged.burst AND c.token = judged.token AND c.clicked_at > now() - interval '5 seconds' AND c.kind = 'human'),
opened AS (
  UPDATE sms_records r
     SET opened_at = first.at, open_source = CASE WHEN first.at IS NOT NULL THEN 'click' END
    FROM judged,
         LATERAL (SELECT CASE WHEN judged.reason IS NULL THEN now()
                              ELSE (SELECT min(c.clicked_at)
                                      FROM sms_links l
                                      JOIN sms_clicks c ON c.token = l.token
                                     WHERE l.record_id = judged.record_id AND c.kind = 'human'
                                       AND NOT (c.token = judged.token AND c.clicked_at > now() - interval '5 seconds'))
                              END) AS first(at)
   WHERE r.id = judged.record_id
     AND ((judged.reason IS NULL AND (r.opened_at IS NULL OR r.opened_at > now()))
          OR (judged.burst AND r.open_source = 'click' AND r.opened_at > now() - interval '5 seconds')))
SELECT target FROM judged
