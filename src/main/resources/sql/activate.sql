-- A scheduled campaign becomes active once its start has come; the database's clock decides.
UPDATE campaigns
   SET status = 'active'
 WHERE id = :#${variable.campaign.id}
   AND status = 'scheduled'
   AND coalesce(start_time <= now(), true)
