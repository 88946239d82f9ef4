-- First half of completing: waits for importers (their foreign key holds the campaign) and keeps new ones out, so that the
-- second half, in a fresh snapshot, sees every contact there is. As one statement it was wrong 20 times of 20.
SELECT status
  FROM campaigns
 WHERE id = :#${variable.campaign.id}
   FOR UPDATE
