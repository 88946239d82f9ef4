-- How many different numbers there are, for the opt-out: the planner takes no statistics from a partial index, expected one in twenty of all who
-- wait under a number's spellings, and at 3 M of them read all instead of contacts_sms_spelling. The expression is that index's.
CREATE STATISTICS IF NOT EXISTS contacts_sms_spelling_values
  ON (regexp_replace(translate(phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g'))
  FROM contacts;
ANALYZE contacts;
