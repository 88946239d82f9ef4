-- The platform's tables as the dispatcher found them, for empty databases: local runs and tests. A platform has them already.
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

CREATE TABLE IF NOT EXISTS campaigns (
  id         uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
  name       varchar(255) NOT NULL,
  type       varchar(20)  NOT NULL CHECK (type IN ('voice', 'sms', 'hybrid')),
  status     varchar(20)  NOT NULL DEFAULT 'draft'
             CHECK (status IN ('draft', 'scheduled', 'active', 'paused', 'completed', 'cancelled')),
  config     jsonb,
  start_time timestamptz,
  end_time   timestamptz,
  timezone   varchar(50) DEFAULT 'UTC',
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (start_time < end_time)
);
CREATE INDEX IF NOT EXISTS campaigns_status_idx ON campaigns (status);
CREATE INDEX IF NOT EXISTS campaigns_created_by_idx ON campaigns (created_by);
CREATE INDEX IF NOT EXISTS campaigns_start_time_idx ON campaigns (start_time);

CREATE TABLE IF NOT EXISTS contacts (
  id                uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
  campaign_id       uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  phone_number      varchar(20) NOT NULL,
  metadata          jsonb DEFAULT '{}',
  timezone          varchar(50),
  sms_capable       boolean DEFAULT true,
  optimal_call_time jsonb,
  status            varchar(20) NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'blacklisted')),
  attempts          integer DEFAULT 0,
  last_attempt_at   timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (campaign_id, phone_number)
);
CREATE INDEX IF NOT EXISTS contacts_campaign_id_idx ON contacts (campaign_id);
CREATE INDEX IF NOT EXISTS contacts_phone_number_idx ON contacts (phone_number);
CREATE INDEX IF NOT EXISTS contacts_status_idx ON contacts (status);
CREATE INDEX IF NOT EXISTS contacts_campaign_id_status_idx ON contacts (campaign_id, status);

CREATE TABLE IF NOT EXISTS blacklist (
  phone_number varchar(20) PRIMARY KEY,
  added_at     timestamptz NOT NULL DEFAULT now(),
  reason       text,
  source       varchar(20) CHECK (source IN ('user_optout', 'admin_import', 'compliance')),
  metadata     jsonb
);

CREATE TABLE IF NOT EXISTS sms_records (
  id                     uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
  campaign_id            uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  contact_id             uuid NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  phone_number           varchar(20) NOT NULL,
  message                text NOT NULL,
  status                 varchar(20) NOT NULL
                         CHECK (status IN ('queued', 'sent', 'delivered', 'failed', 'undelivered')),
  sent_at                timestamptz NOT NULL,
  delivered_at           timestamptz,
  failure_reason         text,
  tts_fallback_triggered boolean DEFAULT false,
  cost                   decimal(10, 4) DEFAULT 0,
  provider_message_id    varchar(255),
  created_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS sms_records_campaign_id_idx ON sms_records (campaign_id);
CREATE INDEX IF NOT EXISTS sms_records_contact_id_idx ON sms_records (contact_id);
CREATE INDEX IF NOT EXISTS sms_records_phone_number_idx ON sms_records (phone_number);
CREATE INDEX IF NOT EXISTS sms_records_status_idx ON sms_records (status);
CREATE INDEX IF NOT EXISTS sms_records_sent_at_idx ON sms_records (sent_at);
CREATE INDEX IF NOT EXISTS sms_records_campaign_id_status_idx ON sms_records (campaign_id, status);

CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER campaigns_touch BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE OR REPLACE TRIGGER contacts_touch BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
