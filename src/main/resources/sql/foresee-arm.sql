-- What arm.sql (rearm.sql for an attempt in doubt) would say, without arming anybody: the same questions in the same order, but for
-- the campaign's state, which is a gate of its own. The blacklist is joined once, not probed for each: these are not ten contacts.
-- status||'': hidden from the planner, which would else read every record that ever was 'delivered' through sms_records_status_idx.
WITH message AS MATERIALIZED (
  SELECT *
    FROM unnest(cast(:#${variable.recipients.ids} AS uuid[]), cast(:#${variable.recipients.numbers} AS text[]),
                cast(:#${variable.recipients.spellings} AS text[]), cast(:#${variable.recipients.doubted} AS boolean[]))
         AS m(contact_id, number, spellings, doubted)),
listed AS MATERIALIZED (
  SELECT DISTINCT m.contact_id
    FROM message m
   CROSS JOIN LATERAL unnest(string_to_array(m.spellings, ',')) AS spelling
    JOIN blacklist b ON regexp_replace(translate(b.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
         = spelling),
asked AS MATERIALIZED (
  SELECT m.*, c.campaign_id, coalesce(c.attempts, 0) + 1 AS attempt,
         (SELECT r.contact_id FROM sms_records r
           WHERE r.campaign_id = c.campaign_id AND r.phone_number = m.number
             AND r.attempt IS NOT NULL AND r.contact_id <> c.id
           LIMIT 1) AS texted_contact,
         coalesce(c.attempts, 0) > 0
         AND EXISTS (SELECT 1 FROM sms_records r WHERE r.contact_id = c.id AND r.status || '' = 'delivered') AS is_delivered,
         EXISTS (SELECT 1 FROM sms_records r
                  WHERE r.contact_id = c.id AND r.attempt = c.attempts AND r.undeliverable
                    AND r.status || '' IN ('failed', 'undelivered')) AS is_undeliverable
    FROM message m
    JOIN contacts c ON c.id = m.contact_id)
SELECT a.contact_id AS id, a.texted_contact, l.contact_id IS NOT NULL AS listed,
       CASE WHEN a.is_delivered THEN 'delivered'
            WHEN a.is_undeliverable AND NOT a.doubted THEN 'undelivered'
            WHEN l.contact_id IS NOT NULL THEN 'blacklisted'
            WHEN a.doubted THEN 'armed'
            WHEN a.texted_contact IS NOT NULL THEN 'duplicateNumber'
            WHEN EXISTS (SELECT 1 FROM sms_records s
                          WHERE s.id = overlay(overlay(md5('sms:' || a.contact_id || ':' || a.attempt)
                                       placing '8' from 13 for 1) placing '8' from 17 for 1)::uuid) THEN 'attemptsExhausted'
            WHEN EXISTS (SELECT 1 FROM sms_records r
                          WHERE r.campaign_id = a.campaign_id AND r.phone_number = a.number
                            AND r.attempt = a.attempt) THEN 'duplicateNumber'
            ELSE 'armed' END AS verdict
  FROM asked a
  LEFT JOIN listed l ON l.contact_id = a.contact_id
