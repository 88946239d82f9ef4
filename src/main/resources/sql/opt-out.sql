-- The recipient does not want to be texted: on the blacklist first, and in the same statement out of every campaign that waits to
-- text them, under every spelling of the number. Whoever is in progress is left to arm.sql, which asks the blacklist. Commits before
-- Redis hears of it. The order of the locks keeps two opt-outs of one number from waiting for each other. As an array: joined, the
-- planner expects a share of the table, and reads all of it.
WITH barred AS (
  INSERT INTO blacklist (phone_number, reason, source)
  VALUES (cast(:#${variable.optOut.number} AS varchar), cast(:#${variable.optOut.reason} AS text), 'user_optout')
  ON CONFLICT (phone_number) DO NOTHING),
waiting AS MATERIALIZED (
  SELECT c.id
    FROM contacts c
   WHERE regexp_replace(translate(c.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
         = ANY (cast(:#${variable.optOut.spellings} AS text[]))
     AND c.status = 'pending'
   ORDER BY c.id
     FOR NO KEY UPDATE OF c),
taken AS (
  UPDATE contacts c
     SET status      = 'blacklisted',
         sms_outcome = 'blacklisted',
         sms_reason  = 'the number is on the blacklist'
   WHERE c.id = ANY (ARRAY(SELECT id FROM waiting))
  RETURNING c.id),
carried_out AS (
  UPDATE sms_events
     SET opted_out_at = now()
   WHERE record_id = cast(:#${variable.optOut.recordId} AS uuid) AND opt_out AND opted_out_at IS NULL)
SELECT count(*) AS taken FROM taken
