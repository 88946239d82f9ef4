-- Finds the record of a provider's message id that somebody else wrote on it. Alone in its file: CONCURRENTLY runs outside a
-- transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sms_records_provider_message_idx
  ON sms_records (provider_message_id, provider)
  WHERE provider_message_id IS NOT NULL;
