-- Serves the reaper; holds only what is leased at the moment. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS contacts_sms_lease
  ON contacts (campaign_id, sms_lease_until)
  WHERE status = 'in_progress';
