-- The point of no return, for ten contacts at most: whoever comes back as 'armed' may be published, nobody else. The record's
-- id is a function of (contact, attempt), so its primary key makes a second send of one attempt impossible; the lease keeps
-- everyone else out. The blacklist is asked once more, under every spelling of the number, and so is the campaign's state; and whether an
-- earlier attempt's message arrived after all, or is known since the claim never to arrive: then the contact is done.
-- The short links of a message are stored with its record: none without it, and they go with it.
-- status||'': tested, but hidden from the planner, which would else walk the dead entries of the lease index.
WITH message AS (
  SELECT *
    FROM unnest(cast(:#${variable.chunk.ids} AS uuid[]), cast(:#${variable.chunk.numbers} AS text[]),
                cast(:#${variable.chunk.spellings} AS text[]), cast(:#${variable.chunk.messages} AS text[]),
                cast(:#${variable.chunk.parts} AS smallint[]), cast(:#${variable.chunk.encodings} AS text[]))
         AS m(contact_id, number, spellings, body, parts, encoding)),
held AS MATERIALIZED (
  SELECT c.id, c.campaign_id, coalesce(c.attempts, 0) + 1 AS attempt, m.number, m.body, m.parts, m.encoding,
         overlay(overlay(md5('sms:' || c.id || ':' || coalesce(c.attempts, 0) + 1)
                 placing '8' from 13 for 1) placing '8' from 17 for 1)::uuid AS record_id,
         last.failure_reason,
         CASE WHEN c.attempts > 0
                   AND EXISTS (SELECT 1 FROM sms_records r WHERE r.contact_id = c.id AND r.status || '' = 'delivered') THEN 'delivered'
              WHEN last.undeliverable THEN 'undelivered'
              WHEN NOT EXISTS (SELECT 1 FROM campaigns k
                                WHERE k.id = c.campaign_id AND k.status = 'active'
                                  AND (k.end_time IS NULL OR now() < k.end_time)) THEN 'released'
              WHEN EXISTS (SELECT 1 FROM blacklist b
                            WHERE regexp_replace(translate(b.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
                                  = ANY (string_to_array(m.spellings, ','))) THEN 'blacklisted'
              WHEN EXISTS (SELECT 1 FROM sms_records r
                            WHERE r.campaign_id = c.campaign_id AND r.phone_number = m.number
                              AND r.attempt IS NOT NULL AND r.contact_id <> c.id) THEN 'duplicateNumber'
              ELSE 'armed' END AS verdict
    FROM contacts c
    JOIN message m ON m.contact_id = c.id
    LEFT JOIN LATERAL (
         SELECT r.undeliverable, r.failure_reason
           FROM sms_records r
          WHERE c.attempts > 0 AND r.contact_id = c.id AND r.attempt = c.attempts
            AND r.status || '' IN ('failed', 'undelivered')) last ON true
   WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
     AND c.sms_armed_attempt IS NULL
     AND c.status || '' = 'in_progress'
     AND c.sms_lease_until > now() + :#${variable.chunk.leaseMarginSeconds} * interval '1 second'
     FOR UPDATE OF c),
recorded AS (
  INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, attempt, parts, encoding)
  SELECT record_id, campaign_id, id, number, body, 'queued', now(), attempt, parts, encoding
    FROM held
   WHERE verdict = 'armed'
  ON CONFLICT DO NOTHING
  RETURNING id, contact_id),
linked AS (
  INSERT INTO sms_links (token, record_id, position, target)
  SELECT l.token, recorded.id, l.position, l.target
    FROM unnest(cast(:#${variable.chunk.linkIds} AS uuid[]), cast(:#${variable.chunk.linkTokens} AS text[]),
                cast(:#${variable.chunk.linkPositions} AS smallint[]), cast(:#${variable.chunk.linkTargets} AS text[]))
         AS l(contact_id, token, position, target)
    JOIN recorded ON recorded.contact_id = l.contact_id),
decided AS MATERIALIZED (
  SELECT h.id, h.attempt, h.failure_reason, r.id AS record_id,
         CASE WHEN h.verdict <> 'armed' OR r.id IS NOT NULL THEN h.verdict
              WHEN EXISTS (SELECT 1 FROM sms_records s WHERE s.id = h.record_id) THEN 'attemptsExhausted'
              ELSE 'duplicateNumber' END AS verdict
    FROM held h
    LEFT JOIN recorded r ON r.contact_id = h.id),
written AS (
  UPDATE contacts c
     SET attempts          = CASE d.verdict WHEN 'armed' THEN d.attempt ELSE c.attempts END,
         last_attempt_at   = CASE d.verdict WHEN 'armed' THEN now() ELSE c.last_attempt_at END,
         sms_armed_attempt = CASE d.verdict WHEN 'armed' THEN d.attempt END,
         status            = CASE d.verdict WHEN 'armed' THEN c.status WHEN 'blacklisted' THEN 'blacklisted'
                                            WHEN 'released' THEN 'pending' WHEN 'delivered' THEN 'completed' ELSE 'failed' END,
         sms_lease_id      = CASE d.verdict WHEN 'armed' THEN c.sms_lease_id END,
         sms_lease_until   = CASE d.verdict WHEN 'armed' THEN c.sms_lease_until END,
         sms_not_before    = CASE d.verdict WHEN 'released' THEN now() ELSE c.sms_not_before END,
         sms_outcome       = CASE WHEN d.verdict = 'delivered' THEN 'sent' WHEN d.verdict NOT IN ('armed', 'released') THEN d.verdict END,
         sms_reason        = CASE d.verdict
                               WHEN 'undelivered' THEN d.failure_reason
                               WHEN 'blacklisted' THEN 'the number is on the blacklist'
                               WHEN 'duplicateNumber' THEN 'another contact of this campaign has the same number'
                               WHEN 'attemptsExhausted' THEN 'attempt ' || d.attempt || ' is already recorded' END
    FROM decided d
   WHERE c.id = d.id
  RETURNING c.id, d.verdict, d.attempt, d.record_id, c.sms_reason)
SELECT m.contact_id AS id, CASE WHEN w.verdict IN ('armed', 'released', 'blacklisted', 'duplicateNumber', 'attemptsExhausted') THEN w.verdict ELSE 'lost' END AS verdict, w.attempt, w.record_id, w.sms_reason AS reason
  FROM message m
  LEFT JOIN written w ON w.id = m.contact_id
