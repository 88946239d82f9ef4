-- One receipt: kept as an event, and its message's record and contact moved on. What a record becomes is a join (least upper bound)
-- over all that was heard of it, rank queued < sent < failed < undelivered < delivered, so that early, late, repeated and disordered
-- receipts end alike; our own unknown_publish_outcome ranks as queued, since it only says that nobody knew.
--
-- Whoever is in progress is left alone: settle.sql, fail.sql and reap.sql follow the record. A contact follows the record of its
-- last attempt; one delivered record, of whichever attempt, completes it.
--
-- Locks: contact, then its records, then the campaign. Under them the latest versions are read, not the snapshot's, so two receipts
-- of one contact never judge from the same old state. A contact goes back to 'pending' only under the campaign's lock: either
-- the completer comes later and is skipped (SKIP LOCKED) or looks in a snapshot that has the contact, or it came first, and here
-- the campaign is seen 'completed' and made active again.
--
-- A receipt that only names the provider's id and one that binds that id may not see each other: each is followed by a second
-- look ('again'), this same statement, as a replay in a new snapshot; the later of the two second looks sees both.
--
-- A provider that splits a message itself may bill each part under an id of its own (Vonage's SMS API): the cost is the sum over a
-- provider's ids of the largest that each was told to cost, and of several providers' sums the largest. It is read from the events, so
-- a new one with a cost is followed by the second look as well; it only grows, so the look that sees all of them wins.
--
-- Parameters are text, '' for null, see ReceiptRow.
WITH told AS (
  SELECT cast(:#${variable.receipt.fingerprint} AS uuid) AS fingerprint,
         cast(nullif(:#${variable.receipt.recordId}, '') AS uuid) AS record_id,
         cast(:#${variable.receipt.provider} AS varchar) AS provider,
         cast(nullif(:#${variable.receipt.providerMessageId}, '') AS varchar) AS message_id,
         cast(:#${variable.receipt.status} AS varchar) AS status,
         cast(:#${variable.receipt.word} AS varchar) AS word,
         cast(:#${variable.receipt.retryable} AS boolean) AS retryable,
         cast(:#${variable.receipt.optOut} AS boolean) AS opt_out,
         cast(nullif(:#${variable.receipt.at}, '') AS timestamptz) AS at,
         cast(:#${variable.receipt.receivedAt} AS timestamptz) AS received_at,
         cast(nullif(:#${variable.receipt.reason}, '') AS varchar) AS reason,
         cast(nullif(:#${variable.receipt.parts}, '') AS integer) AS parts,
         cast(nullif(:#${variable.receipt.cost}, '') AS numeric) AS cost),
bound AS MATERIALIZED (
  SELECT min(e.record_id::text)::uuid AS record_id
    FROM told JOIN sms_events e ON e.provider_message_id = told.message_id AND e.provider = told.provider),
named AS MATERIALIZED (
  SELECT coalesce((SELECT r.id FROM sms_records r WHERE r.id = told.record_id),
                  bound.record_id,
                  (SELECT r.id FROM sms_records r
                    WHERE r.provider_message_id = told.message_id AND (r.provider = told.provider OR r.provider IS NULL)
                    ORDER BY r.provider NULLS LAST, r.id LIMIT 1)) AS id
    FROM told, bound),
written AS (
  INSERT INTO sms_events (fingerprint, record_id, provider, provider_message_id, status, word, reason, retryable, opt_out,
                          at, received_at, parts, cost)
  SELECT fingerprint, named.id, provider, message_id, status, word, reason, retryable, opt_out, at, received_at, parts, cost
    FROM told, named
  ON CONFLICT (fingerprint) DO NOTHING
  RETURNING *),
adopted AS (
  UPDATE sms_events e
     SET record_id = named.id
    FROM told, named
   WHERE e.provider_message_id = told.message_id AND e.provider = told.provider
     AND e.record_id IS NULL AND named.id IS NOT NULL
  RETURNING e.*),
news AS MATERIALIZED (
  SELECT *, coalesce(at, received_at) AS happened FROM written WHERE record_id IS NOT NULL
  UNION ALL
  SELECT *, coalesce(at, received_at) FROM adopted),
heard AS MATERIALIZED (
  SELECT max(CASE WHEN status IN ('delivered', 'read') THEN 4 WHEN status = 'undelivered' THEN 3 WHEN status = 'failed' THEN 2
                  WHEN status = 'sent' THEN 1 ELSE 0 END) AS rank,
         bool_or(opt_out) AS opt_out,
         bool_or(opt_out OR (status IN ('undelivered', 'failed') AND NOT retryable)) AS undeliverable,
         min(happened) FILTER (WHERE status IN ('delivered', 'read')) AS delivered_at,
         min(happened) FILTER (WHERE status = 'read') AS opened_at,
         min(coalesce(reason, word) COLLATE "C") FILTER (WHERE status = 'undelivered') AS undelivered_reason,
         min(coalesce(reason, word) COLLATE "C") FILTER (WHERE status = 'failed') AS failed_reason,
         max(parts) FILTER (WHERE status <> 'unknown') AS parts,
         max(happened) FILTER (WHERE status <> 'unknown') AS last_at,
         (array_agg(word ORDER BY happened DESC, word COLLATE "C" DESC) FILTER (WHERE status <> 'unknown'))[1] AS last_word,
         (array_agg(provider ORDER BY provider_message_id IS NULL, provider = 'gateway', provider COLLATE "C", provider_message_id COLLATE "C"))[1] AS provider,
         (array_agg(provider_message_id ORDER BY provider_message_id IS NULL, provider = 'gateway', provider COLLATE "C", provider_message_id COLLATE "C"))[1] AS message_id
    FROM news
  -- a word nobody knows changes nothing; it may bind the provider's id all the same
  HAVING bool_or(status <> 'unknown' OR opt_out OR provider_message_id IS NOT NULL)),
billed AS MATERIALIZED (
  -- as much as the column holds
  SELECT CASE WHEN max(cost) > 999999.9999 THEN 999999.9999 ELSE max(cost) END AS cost
    FROM (SELECT greatest(sum(cost) FILTER (WHERE provider_message_id IS NOT NULL),
                          max(cost) FILTER (WHERE provider_message_id IS NULL)) AS cost
            FROM (SELECT provider, provider_message_id, max(cost) AS cost
                    FROM (SELECT e.provider, e.provider_message_id, e.status, e.cost FROM named JOIN sms_events e ON e.record_id = named.id
                          UNION ALL
                          SELECT provider, provider_message_id, status, cost FROM news) AS event
                   WHERE status <> 'unknown'
                   GROUP BY provider, provider_message_id) AS by_id
           GROUP BY provider) AS by_provider),
held AS MATERIALIZED (
  SELECT c.id, c.campaign_id, c.phone_number, c.status, coalesce(c.attempts, 0) AS attempts, c.sms_outcome
    FROM heard CROSS JOIN named
    JOIN sms_records r ON r.id = named.id
    JOIN contacts c ON c.id = r.contact_id
     FOR NO KEY UPDATE OF c),
attempt AS MATERIALIZED (
  SELECT r.*, CASE WHEN r.status = 'delivered' THEN 4 WHEN r.status = 'undelivered' THEN 3
                   WHEN r.status = 'failed' AND r.failure_reason IS DISTINCT FROM 'unknown_publish_outcome' THEN 2
                   WHEN r.status = 'sent' THEN 1 ELSE 0 END AS rank
    FROM held JOIN sms_records r ON r.contact_id = held.id
     FOR NO KEY UPDATE OF r),
judged AS MATERIALIZED (
  SELECT a.*, greatest(a.rank, heard.rank) AS new_rank, a.undeliverable OR heard.undeliverable AS final
    FROM heard, named, attempt a
   WHERE a.id = named.id),
campaign AS MATERIALIZED (
  SELECT k.id, k.status, k.end_time,
         CASE WHEN jsonb_typeof(k.config -> 'maxAttemptsPerContact') = 'number'
              THEN least((k.config ->> 'maxAttemptsPerContact')::numeric, 100) ELSE 3 END AS max_attempts,
         now() + CASE WHEN jsonb_typeof(k.config -> 'retryDelayMinutes') = 'number'
                      THEN greatest(least((k.config ->> 'retryDelayMinutes')::numeric, 44640), 0) ELSE 60 END::float8 * interval '1 minute'
           AS retry_at
    FROM judged JOIN campaigns k ON k.id = judged.campaign_id
   WHERE judged.new_rank IN (2, 3) AND judged.retry_at IS NULL AND NOT judged.final
     FOR NO KEY UPDATE OF k),
decided AS MATERIALIZED (
  SELECT judged.*, coalesce(judged.retry_at,
         (SELECT k.retry_at FROM campaign k, held
           WHERE judged.attempt < k.max_attempts
             AND k.status IN ('scheduled', 'active', 'paused', 'completed')
             AND (k.end_time IS NULL OR k.retry_at < k.end_time)
             AND NOT EXISTS (SELECT 1 FROM blacklist b
                              WHERE regexp_replace(translate(b.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g')
                                    IN (judged.phone_number, substr(judged.phone_number, 2), '00' || substr(judged.phone_number, 2),
                                        regexp_replace(translate(held.phone_number, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B', '0123456789012345678901234567890123456789+'), '[^0-9+]', '', 'g'))))) AS may_retry_at
    FROM judged),
recorded AS (
  UPDATE sms_records r
     SET status              = CASE d.new_rank WHEN 4 THEN 'delivered' WHEN 3 THEN 'undelivered' WHEN 2 THEN 'failed'
                                               WHEN 1 THEN 'sent' ELSE r.status END,
         delivered_at        = CASE d.new_rank WHEN 4 THEN least(r.delivered_at, heard.delivered_at) ELSE r.delivered_at END,
         failure_reason      = CASE WHEN d.new_rank IN (1, 4) THEN NULL
                                    WHEN d.new_rank = 0 THEN r.failure_reason
                                    WHEN d.new_rank = d.rank THEN least(r.failure_reason COLLATE "C", told_reason.text)
                                    ELSE told_reason.text END,
         undeliverable       = d.new_rank < 4 AND (d.final OR (d.new_rank IN (2, 3) AND d.may_retry_at IS NULL)),
         retry_at            = CASE WHEN d.new_rank < 4 AND NOT d.final THEN d.may_retry_at END,
         opted_out           = r.opted_out OR heard.opt_out,
         opened_at           = least(r.opened_at, heard.opened_at),
         open_source         = CASE WHEN heard.opened_at < r.opened_at OR (r.opened_at IS NULL AND heard.opened_at IS NOT NULL)
                                    THEN 'read' ELSE r.open_source END,
         provider            = CASE WHEN carrier.comes_first THEN heard.provider ELSE r.provider END,
         provider_message_id = CASE WHEN carrier.comes_first THEN heard.message_id ELSE r.provider_message_id END,
         provider_parts      = greatest(r.provider_parts, heard.parts),
         cost                = greatest(r.cost, billed.cost),
         last_event_at       = greatest(r.last_event_at, heard.last_at),
         last_word           = CASE WHEN heard.last_at IS NULL OR (r.last_event_at, r.last_word COLLATE "C") > (heard.last_at, heard.last_word)
                                    THEN r.last_word ELSE heard.last_word END
    FROM heard, billed, decided d,
         LATERAL (SELECT CASE d.new_rank WHEN 3 THEN heard.undelivered_reason WHEN 2 THEN heard.failed_reason END) AS told_reason(text),
         LATERAL (SELECT (heard.message_id IS NULL, heard.provider = 'gateway', heard.provider COLLATE "C",
                          coalesce(heard.message_id, '') COLLATE "C")
                         < (d.provider_message_id IS NULL, coalesce(d.provider, 'gateway') = 'gateway', coalesce(d.provider, '~') COLLATE "C",
                            coalesce(d.provider_message_id, '') COLLATE "C")) AS carrier(comes_first)
   WHERE r.id = d.id
     AND (heard.rank > 0 OR heard.undeliverable OR carrier.comes_first)
  RETURNING r.id, r.attempt, r.status, r.retry_at, r.failure_reason),
-- the second look, which hears no news
added_up AS (
  UPDATE sms_records r
     SET cost = billed.cost
    FROM named, billed
   WHERE r.id = named.id AND coalesce(r.cost, 0) < billed.cost AND NOT EXISTS (SELECT 1 FROM heard)
  RETURNING r.id),
fate AS MATERIALIZED (
  SELECT held.id, recorded.retry_at, recorded.failure_reason,
         CASE WHEN held.status = 'in_progress' OR recorded.attempt IS NULL OR recorded.attempt > held.attempts THEN NULL
              WHEN recorded.status = 'delivered' OR EXISTS (SELECT 1 FROM attempt o WHERE o.id <> recorded.id AND o.status = 'delivered')
              THEN CASE WHEN held.status IN ('pending', 'failed') OR (held.status = 'blacklisted' AND held.sms_outcome = 'blacklisted')
                        THEN 'completed' END
              WHEN recorded.attempt < held.attempts THEN NULL
              WHEN decided.new_rank = 1 AND held.status = 'failed' AND held.sms_outcome = 'unknown' THEN 'completed'
              WHEN decided.new_rank IN (2, 3)
                   AND (held.status = 'completed'
                        OR (held.status = 'failed' AND held.sms_outcome IN ('unknown', 'undelivered'))
                        OR (held.status = 'pending' AND decided.retry_at IS NOT NULL))
              -- back to 'pending' with the decision only: the campaign is not locked but for that
              THEN CASE WHEN recorded.retry_at IS NULL THEN 'failed'
                        WHEN held.status = 'pending' OR decided.retry_at IS NULL THEN 'pending' END END AS status
    FROM held, recorded, decided),
moved AS (
  UPDATE contacts c
     SET status         = fate.status,
         sms_not_before = CASE WHEN fate.status = 'pending' AND c.status <> 'pending' THEN fate.retry_at ELSE c.sms_not_before END,
         sms_outcome    = CASE fate.status WHEN 'completed' THEN 'sent' ELSE 'undelivered' END,
         sms_reason     = CASE fate.status WHEN 'completed' THEN NULL ELSE fate.failure_reason END
    FROM fate
   WHERE c.id = fate.id AND fate.status IS NOT NULL
  RETURNING c.status),
reactivated AS (
  UPDATE campaigns k
     SET status = 'active'
    FROM campaign, fate
   WHERE k.id = campaign.id AND campaign.status = 'completed' AND fate.status = 'pending'
  RETURNING k.id)
SELECT named.id AS record_id,
       (SELECT phone_number FROM sms_records WHERE id = named.id) AS phone_number,
       coalesce((SELECT bool_or(opt_out) FROM news), false)
       OR EXISTS (SELECT 1 FROM sms_events e WHERE e.record_id = named.id AND e.opt_out AND e.opted_out_at IS NULL) AS opt_out_due,
       EXISTS (SELECT 1 FROM written) AS is_new,
       told.message_id IS NOT NULL
       AND (named.id IS NULL
            OR ((bound.record_id IS NULL OR told.cost IS NOT NULL) AND EXISTS (SELECT 1 FROM written))) AS again,
       (SELECT status FROM recorded) AS record_status, (SELECT status FROM moved) AS contact_status,
       EXISTS (SELECT 1 FROM reactivated) AS reactivated
  FROM told, bound, named
