-- Serves the report: the messages sms_records_report leaves out, few as they are. Alone in its file: CONCURRENTLY runs outside a
-- transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sms_records_report_unknown
  ON sms_records (campaign_id)
  WHERE failure_reason = 'unknown_publish_outcome';
