-- Serves the report: what it asks of a message, so that a million of them are read from the index alone, texts left aside. Without
-- failure_reason, which is longer than an index may hold; the messages it matters for are in the next one. Alone in its file:
-- CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sms_records_report
  ON sms_records (campaign_id) INCLUDE (id, attempt, sent_at, accepted_at, status, opened_at, provider_parts, parts, cost)
  WHERE failure_reason IS DISTINCT FROM 'unknown_publish_outcome';
