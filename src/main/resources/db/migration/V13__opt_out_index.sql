-- Serves the report: opt-outs are few, and receipts many. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sms_events_opt_out
  ON sms_events (record_id)
  WHERE opt_out;
