-- First half of completing: keeps importers out (their foreign key needs the campaign's row), so that the second half, in a fresh
-- snapshot, sees every contact there is; as one statement it was wrong 20 times of 20. SKIP LOCKED: while an importer is at work,
-- or another invocation arms, the campaign is not complete anyway, and nobody waits.
SELECT status
  FROM campaigns
 WHERE id = :#${variable.campaign.id}
   FOR UPDATE SKIP LOCKED
