-- Serves the zone list, the claim and the completion probe. Alone in its file: CONCURRENTLY runs outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS contacts_sms_ready
  ON contacts (campaign_id, (coalesce(timezone, '')), sms_not_before, created_at)
  WHERE status = 'pending' AND sms_capable;
