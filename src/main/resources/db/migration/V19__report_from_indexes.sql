-- Each message once, under its present status, in the hour (UTC) it was sent. 'unknown' is a message nobody knows of whether it went
-- out: its publish has no answer, or none yet. Two halves, each read from its index (sms_records_report, _report_unknown): every
-- message is in exactly one, and a group may have a row of each.
CREATE OR REPLACE VIEW sms_report_messages AS
SELECT campaign_id,
       coalesce(attempt, 1) AS attempt,
       date_bin('1 hour', sent_at, '2000-01-01 00:00:00+00') AS hour,
       CASE WHEN status IN ('sent', 'delivered', 'undelivered', 'failed') THEN status
            WHEN status = 'queued' AND accepted_at IS NOT NULL THEN 'sent'
            ELSE 'unknown' END AS state,
       count(*) AS messages,
       count(opened_at) AS opens,
       coalesce(sum(coalesce(provider_parts, parts)), 0) AS parts,
       coalesce(sum(cost), 0) AS cost
  FROM sms_records
 WHERE failure_reason IS DISTINCT FROM 'unknown_publish_outcome'
 GROUP BY 1, 2, 3, 4
UNION ALL
SELECT campaign_id,
       coalesce(attempt, 1),
       date_bin('1 hour', sent_at, '2000-01-01 00:00:00+00'),
       CASE WHEN status IN ('sent', 'delivered', 'undelivered') THEN status
            WHEN status = 'queued' AND accepted_at IS NOT NULL THEN 'sent'
            ELSE 'unknown' END,
       count(*),
       count(opened_at),
       coalesce(sum(coalesce(provider_parts, parts)), 0),
       coalesce(sum(cost), 0)
  FROM sms_records
 WHERE failure_reason = 'unknown_publish_outcome'
 GROUP BY 1, 2, 3, 4;

-- Each message that a person clicked in once, and those of them that are known to have been delivered, which have no failure_reason:
-- the condition leads to the index, and status || '' away from the dead entries of the one by status.
CREATE OR REPLACE VIEW sms_report_clicked AS
SELECT c.campaign_id, count(*) AS messages, count(r.id) AS delivered
  FROM (SELECT DISTINCT campaign_id, record_id FROM sms_clicks WHERE kind = 'human') c
  LEFT JOIN sms_records r ON r.id = c.record_id AND r.campaign_id = c.campaign_id AND r.status || '' = 'delivered'
                         AND r.failure_reason IS DISTINCT FROM 'unknown_publish_outcome'
 GROUP BY 1;

-- Each message once whose receipts tell that its recipient does not want to be texted, or that the number is barred.
CREATE OR REPLACE VIEW sms_report_opt_outs AS
SELECT campaign_id, count(*) AS opt_outs
  FROM sms_records
 WHERE opted_out
 GROUP BY 1;
