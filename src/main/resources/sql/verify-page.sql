-- The next contacts of the audit, each with its messages, all in one snapshot: what it says about a contact was true at one moment. Paged
-- through the unique (campaign_id, phone_number). "Another contact of the same number" goes through sms_records_number_attempt.
-- status||'': hidden from the planner, which would else read every record that ever was 'sent' through sms_records_status_idx.
WITH last AS MATERIALIZED (
  SELECT CASE WHEN :#${variable.audit.cursor} <> '' THEN :#${variable.audit.cursor}
              ELSE coalesce((SELECT phone_number FROM contacts
                              WHERE id = cast(nullif(:#${variable.audit.afterId}, '') AS uuid)), '') END AS number),
page AS MATERIALIZED (
  SELECT id, campaign_id, phone_number, timezone, status, coalesce(sms_capable, false) AS capable, coalesce(attempts, 0) AS attempts,
         sms_lease_id IS NOT NULL AS leased, sms_lease_until, sms_armed_attempt, sms_outcome,
         coalesce(sms_lease_until < now(), true) AS lease_over
    FROM contacts
   WHERE campaign_id = :#${variable.campaign.id}
     AND phone_number >= (SELECT number FROM last)
     AND phone_number IS DISTINCT FROM (SELECT nullif(number, '') FROM last)
   ORDER BY phone_number
   LIMIT :#${variable.audit.pageSize})
SELECT page.*,
       r.id AS record_id, r.campaign_id AS record_campaign, r.phone_number AS record_number, r.status AS record_status, r.attempt,
       r.created_at AS armed_at, r.accepted_at, r.failure_reason,
       EXISTS (SELECT 1 FROM sms_events e WHERE e.record_id = r.id AND e.status IN ('undelivered', 'failed')) AS told_lost,
       (SELECT o.contact_id FROM sms_records o
         WHERE o.campaign_id = page.campaign_id AND o.phone_number = r.phone_number
           AND o.attempt IS NOT NULL AND o.contact_id <> page.id
           AND (o.accepted_at IS NOT NULL OR o.status || '' IN ('sent', 'delivered', 'undelivered'))
         LIMIT 1) AS other_contact
  FROM page
  LEFT JOIN sms_records r ON r.contact_id = page.id
 ORDER BY page.phone_number, r.attempt, r.id
