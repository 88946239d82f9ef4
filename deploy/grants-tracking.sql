-- What the database role of the tracking function (receipts, opt-outs and links) may do, and no more; run like grants.sql:
--
--   psql -v tracking=sms_tracking -d campaigns -f deploy/grants-tracking.sql
\set ON_ERROR_STOP on
\if :{?tracking}
\else
\set tracking sms_tracking
\endif

BEGIN;

REVOKE ALL ON campaigns, contacts, blacklist, sms_records, sms_events, sms_links, sms_clicks,
              sms_report_messages, sms_report_contacts, sms_report_clicks, sms_report_clicked, sms_report_opt_outs FROM :"tracking";
GRANT USAGE ON SCHEMA public TO :"tracking";

-- a campaign is made active again for a contact that is to be texted once more
GRANT SELECT, UPDATE (status) ON campaigns TO :"tracking";

-- a contact follows the record of its last attempt, or its number's opt-out
GRANT SELECT, UPDATE (status, sms_not_before, sms_outcome, sms_reason) ON contacts TO :"tracking";

-- opt-outs are added and never taken back
GRANT SELECT, INSERT ON blacklist TO :"tracking";

-- what became of a message; never whom it was for, what it said or that SNS took it
GRANT SELECT,
      UPDATE (status, delivered_at, failure_reason, cost, provider, provider_message_id, provider_parts, retry_at,
              undeliverable, opted_out, opened_at, open_source, last_event_at, last_word)
   ON sms_records TO :"tracking";

GRANT SELECT, INSERT, UPDATE (record_id, opted_out_at) ON sms_events TO :"tracking";
GRANT SELECT ON sms_links TO :"tracking";
GRANT SELECT, INSERT, UPDATE (kind, reason) ON sms_clicks TO :"tracking";

-- the report
GRANT SELECT ON sms_report_messages, sms_report_contacts, sms_report_clicks, sms_report_clicked, sms_report_opt_outs TO :"tracking";

COMMIT;
