-- What the protocol keeps beside the platform's columns. Additive: every column has a constant default or none, so the
-- tables are not rewritten, and readers that do not know the columns go on as before.
ALTER TABLE contacts
  -- who holds the contact (random per claim, never derived from an event) and until when
  ADD COLUMN IF NOT EXISTS sms_lease_id      uuid,
  ADD COLUMN IF NOT EXISTS sms_lease_until   timestamptz,
  -- set from just before the publish until its answer is written down: the point of no return
  ADD COLUMN IF NOT EXISTS sms_armed_attempt integer,
  -- not to be claimed before; moves backed-off contacts behind the others
  ADD COLUMN IF NOT EXISTS sms_not_before    timestamptz NOT NULL DEFAULT 'epoch',
  -- the outcome and reason of the last dispatch: "who got it, and why not the others?"
  ADD COLUMN IF NOT EXISTS sms_outcome       varchar(20),
  ADD COLUMN IF NOT EXISTS sms_reason        text;

ALTER TABLE sms_records
  -- the id is a function of (contact_id, attempt): its primary key is what makes a second send impossible
  ADD COLUMN IF NOT EXISTS attempt        integer,
  -- acceptance by SNS; sent_at is NOT NULL on the platform and so cannot tell it
  ADD COLUMN IF NOT EXISTS accepted_at    timestamptz,
  ADD COLUMN IF NOT EXISTS sns_message_id varchar(100);

-- A campaign moves every contact several times: vacuum by count, since 20 % of a large table comes too late.
ALTER TABLE contacts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
