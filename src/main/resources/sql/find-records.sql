-- The contacts' messages, the last ones first; what they said is nobody's business here.
SELECT contact_id, id, attempt, status, created_at, sent_at, accepted_at, delivered_at, failure_reason, sns_message_id
  FROM sms_records
 WHERE contact_id = ANY (cast(:#${variable.subjects} AS uuid[]))
   AND campaign_id = :#${variable.campaign.id}
 ORDER BY contact_id, created_at DESC, id
