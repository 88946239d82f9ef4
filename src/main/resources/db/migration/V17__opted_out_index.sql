-- Serves the report: a campaign's opt-outs. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sms_records_opted_out
  ON sms_records (campaign_id)
  WHERE opted_out;
