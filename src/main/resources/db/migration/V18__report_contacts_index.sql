-- Serves the report: contacts are counted from the index alone. The outcome stands before the status, so that nothing that looks for
-- a status is led through the dead entries of this one. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS contacts_report
  ON contacts (campaign_id, sms_outcome, status);
