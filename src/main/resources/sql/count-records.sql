-- How many messages the campaign has on record, by status: the other side of the audit's sums. Through (campaign_id, status).
SELECT status, count(*) AS records
  FROM sms_records
 WHERE campaign_id = :#${variable.campaign.id}
 GROUP BY status
 ORDER BY status
