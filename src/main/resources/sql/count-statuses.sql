-- How many contacts the campaign has, by status. Through (campaign_id, status): 1 M contacts in some 100 ms.
SELECT status, count(*) AS contacts
  FROM contacts
 WHERE campaign_id = :#${variable.campaign.id}
 GROUP BY status
 ORDER BY status
