-- Policy REPUBLISH: what arm.sql asks, for contacts taken over with their attempt already armed. Nothing is inserted; whose
-- number was blacklisted meanwhile, or who got an earlier attempt's message after all, is not texted again.
-- status||'': hidden from the planner, which would else read every record that ever was 'queued' through sms_records_status_idx.
SELECT c.id, CASE WHEN EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = c.id AND o.status || '' = 'delivered') THEN 'delivered'
                  WHEN NOT EXISTS (SELECT 1 FROM campaigns k
                                    WHERE k.id = c.campaign_id AND k.status = 'active'
                                      AND (k.end_time IS NULL OR now() < k.end_time)) THEN 'released'
                  WHEN EXISTS (SELECT 1 FROM blacklist b
                                WHERE regexp_replace(translate(b.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
                                      = ANY (string_to_array(m.spellings, ','))) THEN 'blacklisted'
                  ELSE 'armed' END AS verdict,
       c.sms_armed_attempt AS attempt, r.id AS record_id, NULL::text AS reason
  FROM unnest(cast(:#${variable.chunk.ids} AS uuid[]), cast(:#${variable.chunk.spellings} AS text[]))
       AS m(contact_id, spellings)
  JOIN contacts c ON c.id = m.contact_id
  JOIN sms_records r ON r.contact_id = c.id AND r.attempt = c.sms_armed_attempt AND r.status || '' = 'queued'
 WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)
   AND c.status || '' = 'in_progress'
   AND c.sms_lease_until > now() + :#${variable.chunk.leaseMarginSeconds} * interval '1 second'
