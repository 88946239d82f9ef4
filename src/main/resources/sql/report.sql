-- What a campaign has achieved so far. Totals, attempts and hours are sums over the same groups of messages, so they cannot
-- disagree; every message and every contact is in exactly one group.
WITH message AS MATERIALIZED (
  SELECT * FROM sms_report_messages WHERE campaign_id = cast(:#${variable.question.campaignId} AS uuid)),
contact AS MATERIALIZED (
  SELECT * FROM sms_report_contacts WHERE campaign_id = cast(:#${variable.question.campaignId} AS uuid)),
click AS MATERIALIZED (
  SELECT * FROM sms_report_clicks WHERE campaign_id = cast(:#${variable.question.campaignId} AS uuid)),
total AS (
  SELECT coalesce(sum(messages), 0) AS accepted,
         coalesce(sum(messages) FILTER (WHERE state = 'sent'), 0) AS sent,
         coalesce(sum(messages) FILTER (WHERE state = 'delivered'), 0) AS delivered,
         coalesce(sum(messages) FILTER (WHERE state = 'undelivered'), 0) AS undelivered,
         coalesce(sum(messages) FILTER (WHERE state = 'failed'), 0) AS failed,
         coalesce(sum(messages) FILTER (WHERE state = 'unknown'), 0) AS unknown,
         coalesce(sum(opens), 0) AS opens, coalesce(sum(parts), 0) AS parts, coalesce(sum(cost), 0) AS cost
    FROM message),
clicked AS (
  SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(delivered), 0) AS delivered
    FROM sms_report_clicked WHERE campaign_id = cast(:#${variable.question.campaignId} AS uuid)),
by_attempt AS (
  SELECT attempt, sum(messages) AS accepted,
         coalesce(sum(messages) FILTER (WHERE state = 'sent'), 0) AS sent,
         coalesce(sum(messages) FILTER (WHERE state = 'delivered'), 0) AS delivered,
         coalesce(sum(messages) FILTER (WHERE state = 'undelivered'), 0) AS undelivered,
         coalesce(sum(messages) FILTER (WHERE state = 'failed'), 0) AS failed,
         coalesce(sum(messages) FILTER (WHERE state = 'unknown'), 0) AS unknown,
         sum(parts) AS parts, sum(cost) AS cost
    FROM message GROUP BY attempt),
by_hour AS (
  SELECT hour, coalesce(sum(messages), 0) AS accepted,
         coalesce(sum(messages) FILTER (WHERE state = 'sent'), 0) AS sent,
         coalesce(sum(messages) FILTER (WHERE state = 'delivered'), 0) AS delivered,
         coalesce(sum(messages) FILTER (WHERE state = 'undelivered'), 0) AS undelivered,
         coalesce(sum(messages) FILTER (WHERE state = 'failed'), 0) AS failed,
         coalesce(sum(messages) FILTER (WHERE state = 'unknown'), 0) AS unknown,
         coalesce(sum(opens), 0) AS opens, coalesce(sum(clicks), 0) AS clicks
    FROM (SELECT hour, state, messages, opens, 0 AS clicks FROM message
          UNION ALL
          SELECT hour, NULL, 0, 0, clicks FROM click WHERE kind = 'human') AS h
   GROUP BY hour)
SELECT json_build_object(
         'campaignId', k.id,
         'campaignStatus', k.status,
         'contacts', (SELECT json_object_agg(s.status, coalesce(c.contacts, 0) ORDER BY s.place)
                        FROM unnest(ARRAY['pending', 'in_progress', 'completed', 'failed', 'blacklisted']) WITH ORDINALITY s(status, place)
                        LEFT JOIN (SELECT status, sum(contacts) AS contacts FROM contact GROUP BY status) c ON c.status = s.status),
         'outcomes', coalesce((SELECT json_object_agg(outcome, contacts ORDER BY contacts DESC, outcome)
                                 FROM (SELECT outcome, sum(contacts) AS contacts FROM contact GROUP BY outcome) o), '{}'),
         'messages', json_build_object('accepted', accepted, 'sent', sent, 'delivered', total.delivered, 'undelivered', undelivered,
                                       'failed', failed, 'unknown', unknown),
         'deliveryRate', round(total.delivered / nullif(accepted, 0), 4),
         'opens', opens,
         'clicks', json_build_object('human', (SELECT coalesce(sum(clicks), 0) FROM click WHERE kind = 'human'),
                                     'all', (SELECT coalesce(sum(clicks), 0) FROM click),
                                     'messages', clicked.messages),
         'clickThroughRate', round(clicked.delivered / nullif(total.delivered, 0), 4),
         'optOuts', (SELECT coalesce(sum(opt_outs), 0) FROM sms_report_opt_outs
                      WHERE campaign_id = cast(:#${variable.question.campaignId} AS uuid)),
         'parts', parts,
         'cost', cost,
         'attempts', coalesce((SELECT json_agg(a ORDER BY attempt) FROM by_attempt a), '[]'),
         'hours', coalesce((SELECT json_agg(json_build_object(
                                     'hour', to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                     'accepted', accepted, 'sent', sent, 'delivered', delivered, 'undelivered', undelivered,
                                     'failed', failed, 'unknown', unknown, 'opens', opens, 'clicks', clicks) ORDER BY hour)
                              FROM by_hour), '[]'))::text AS report
  FROM campaigns k, total, clicked
 WHERE k.id = cast(:#${variable.question.campaignId} AS uuid)
