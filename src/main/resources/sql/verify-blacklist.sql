-- Since when these messages' numbers have been on the blacklist, in any spelling; those that are not are not returned.
SELECT m.record_id AS id, min(b.added_at) AS added_at
  FROM unnest(cast(:#${variable.published.ids} AS uuid[]), cast(:#${variable.published.spellings} AS text[]))
       AS m(record_id, spellings)
 CROSS JOIN LATERAL unnest(string_to_array(m.spellings, ',')) AS spelling
  JOIN blacklist b ON regexp_replace(translate(b.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
       = spelling
 GROUP BY m.record_id
