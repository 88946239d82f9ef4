-- Who else in the campaign waits with the same number in any spelling: only the first of them to be armed is texted.
SELECT m.contact_id AS id, min(c.id::text) AS other
  FROM unnest(cast(:#${variable.recipients.ids} AS uuid[]), cast(:#${variable.recipients.spellings} AS text[]))
       AS m(contact_id, spellings)
 CROSS JOIN LATERAL unnest(string_to_array(m.spellings, ',')) AS spelling
  JOIN contacts c ON regexp_replace(translate(c.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
       = spelling
 WHERE c.campaign_id = :#${variable.campaign.id}
   AND c.status IN ('pending', 'in_progress')
   AND c.id <> m.contact_id
 GROUP BY m.contact_id
