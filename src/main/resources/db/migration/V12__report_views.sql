-- What campaigns achieved. Each view is grouped by its campaign first, so that a question about one reads that campaign's range of
-- an index and no other's rows.

-- Each message once, under its present status, in the hour (UTC) it was sent. 'unknown' is a message nobody knows of whether it went
-- out: its publish has no answer, or none yet.
CREATE OR REPLACE VIEW sms_report_messages AS
SELECT campaign_id,
       coalesce(attempt, 1) AS attempt,
       date_bin('1 hour', sent_at, '2000-01-01 00:00:00+00') AS hour,
       CASE WHEN status IN ('sent', 'delivered', 'undelivered') THEN status
            WHEN status = 'failed' AND failure_reason IS DISTINCT FROM 'unknown_publish_outcome' THEN 'failed'
            WHEN status = 'queued' AND accepted_at IS NOT NULL THEN 'sent'
            ELSE 'unknown' END AS state,
       count(*) AS messages,
       count(opened_at) AS opens,
       coalesce(sum(coalesce(provider_parts, parts)), 0) AS parts,
       coalesce(sum(cost), 0) AS cost
  FROM sms_records
 GROUP BY 1, 2, 3, 4;

-- Each contact once. No outcome: nothing was tried yet, or it is being tried now.
CREATE OR REPLACE VIEW sms_report_contacts AS
SELECT campaign_id, status, coalesce(sms_outcome, 'none') AS outcome, count(*) AS contacts
  FROM contacts
 GROUP BY 1, 2, 3;

-- Each click once, in the hour (UTC) it was made.
CREATE OR REPLACE VIEW sms_report_clicks AS
SELECT campaign_id, date_bin('1 hour', clicked_at, '2000-01-01 00:00:00+00') AS hour, kind, count(*) AS clicks
  FROM sms_clicks
 GROUP BY 1, 2, 3;

-- Each message that a person clicked in once, and those of them that are known to have been delivered. The status is asked for
-- message by message: joined, every record of the campaign would be read a second time.
CREATE OR REPLACE VIEW sms_report_clicked AS
SELECT campaign_id, count(*) AS messages,
       count(*) FILTER (WHERE (SELECT r.status FROM sms_records r WHERE r.id = c.record_id) = 'delivered') AS delivered
  FROM (SELECT DISTINCT campaign_id, record_id FROM sms_clicks WHERE kind = 'human') c
 GROUP BY 1;

-- Each message once whose receipts tell that its recipient does not want to be texted, or that the number is barred.
CREATE OR REPLACE VIEW sms_report_opt_outs AS
SELECT r.campaign_id, count(*) AS opt_outs
  FROM (SELECT DISTINCT record_id FROM sms_events WHERE opt_out) e
  JOIN sms_records r ON r.id = e.record_id
 GROUP BY 1;

-- How few hours there are in a campaign: else the planner expects a group a message, and neither hashes nor works in parallel.
CREATE STATISTICS IF NOT EXISTS sms_records_sent_hour ON (date_bin('1 hour', sent_at, '2000-01-01 00:00:00+00')) FROM sms_records;
