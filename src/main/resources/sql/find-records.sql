-- The contacts' messages and what receipts told of them, the last ones first; what they said is nobody's business here.
SELECT contact_id, id, attempt, status, created_at, sent_at, accepted_at, delivered_at, failure_reason, sns_message_id,
       provider, last_word, last_event_at, retry_at, undeliverable, opened_at, open_source,
       coalesce(provider_parts, parts)::integer AS parts, (SELECT count(*)::integer FROM sms_links l WHERE l.record_id = r.id) AS links
  FROM sms_records r
 WHERE contact_id = ANY (cast(:#${variable.subjects} AS uuid[]))
   AND campaign_id = :#${variable.campaign.id}
 ORDER BY contact_id, created_at DESC, attempt DESC NULLS LAST, id
