-- One number is texted once a campaign and attempt, even when two contacts spell it differently.
-- Only rows of the dispatcher have an attempt. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS sms_records_number_attempt
  ON sms_records (campaign_id, phone_number, attempt)
  WHERE attempt IS NOT NULL;
