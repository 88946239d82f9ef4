-- Short links, stored with the record of the message that holds them, and one row a click. The checks repeat what the dispatcher
-- makes sure of: a redirect leads to a web address and nowhere else.
CREATE TABLE IF NOT EXISTS sms_links (
  token      text COLLATE "C" PRIMARY KEY CHECK (token ~ '^[0-9A-Za-z]{11,22}$'),
  record_id  uuid NOT NULL REFERENCES sms_records (id) ON DELETE CASCADE,
  -- which of the message's addresses, from 1
  position   smallint NOT NULL CHECK (position > 0),
  target     text NOT NULL CHECK (target ~ '^https?://[!-~]+$' AND length(target) <= 2048),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (record_id, position)
);

CREATE TABLE IF NOT EXISTS sms_clicks (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token       text COLLATE "C" NOT NULL REFERENCES sms_links (token) ON DELETE CASCADE,
  record_id   uuid NOT NULL,
  -- the record's, so that a report reads the clicks of its campaign and no others
  campaign_id uuid NOT NULL,
  clicked_at  timestamptz NOT NULL DEFAULT now(),
  -- a person, or a program that looks before one does; which sign gave it away: head, header, userAgent, tooSoon, burst
  kind        text NOT NULL CHECK (kind IN ('human', 'prefetch')),
  reason      text,
  user_agent  text,
  CHECK ((kind = 'human') = (reason IS NULL))
);
-- the clicks of a link just now, and those that go with it
CREATE INDEX IF NOT EXISTS sms_clicks_token ON sms_clicks (token, clicked_at);
-- the report's
CREATE INDEX IF NOT EXISTS sms_clicks_campaign ON sms_clicks (campaign_id, record_id);
