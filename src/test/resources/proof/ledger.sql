-- What a chaos run keeps beside the tables, written by triggers in the very transactions it is about.
CREATE SCHEMA ledger;

-- Who was allowed to publish, and since when: an attempt armed, or taken over armed (policy REPUBLISH).
CREATE TABLE ledger.allowed (
  contact_id uuid NOT NULL,
  attempt    integer NOT NULL,
  login      text NOT NULL,
  at         timestamptz NOT NULL
);

-- The contacts that could still be sent at the instant their campaign was completed.
CREATE TABLE ledger.completions (
  campaign_id uuid NOT NULL,
  at          timestamptz NOT NULL,
  pending     bigint NOT NULL,
  in_progress bigint NOT NULL
);

-- Records whose receipts somebody else than the tracking function changed, or removed.
CREATE TABLE ledger.overwritten (
  record_id uuid NOT NULL,
  login     text NOT NULL,
  was       text NOT NULL,
  became    text
);

CREATE FUNCTION ledger.arm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  INSERT INTO ledger.allowed VALUES (NEW.contact_id, NEW.attempt, session_user, now());
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_arm AFTER INSERT ON sms_records FOR EACH ROW EXECUTE FUNCTION ledger.arm();

CREATE FUNCTION ledger.take_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  INSERT INTO ledger.allowed VALUES (NEW.id, NEW.sms_armed_attempt, session_user, now());
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_take_over AFTER UPDATE ON contacts FOR EACH ROW
  WHEN (NEW.sms_armed_attempt IS NOT NULL AND OLD.sms_armed_attempt IS NOT NULL AND NEW.sms_lease_id IS DISTINCT FROM OLD.sms_lease_id)
  EXECUTE FUNCTION ledger.take_over();

CREATE FUNCTION ledger.complete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  INSERT INTO ledger.completions
  SELECT NEW.id, clock_timestamp(), count(*) FILTER (WHERE status = 'pending' AND sms_capable), count(*) FILTER (WHERE status = 'in_progress')
    FROM contacts WHERE campaign_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_complete AFTER UPDATE ON campaigns FOR EACH ROW
  WHEN (NEW.status = 'completed' AND OLD.status <> 'completed')
  EXECUTE FUNCTION ledger.complete();

-- What receipts write, and only they.
CREATE FUNCTION ledger.told(r sms_records) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws('|', CASE WHEN r.last_word IS NOT NULL AND r.status IN ('failed', 'undelivered', 'delivered') THEN r.status END,
                    r.delivered_at, r.provider, r.provider_message_id, r.retry_at, r.undeliverable, r.opened_at, r.open_source,
                    r.provider_parts, r.last_event_at, r.last_word, r.cost) $$;

CREATE FUNCTION ledger.overwrite() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.last_word IS NOT NULL OR OLD.accepted_at IS NOT NULL OR OLD.status <> 'queued' THEN
      INSERT INTO ledger.overwritten VALUES (OLD.id, session_user, OLD.status || ' ' || ledger.told(OLD), NULL);
    END IF;
    -- what was surely refused was surely not sent
    DELETE FROM ledger.allowed WHERE contact_id = OLD.contact_id AND attempt = OLD.attempt;
  ELSIF ledger.told(NEW) IS DISTINCT FROM ledger.told(OLD) THEN
    INSERT INTO ledger.overwritten VALUES (OLD.id, session_user, ledger.told(OLD), ledger.told(NEW));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_overwrite AFTER UPDATE OR DELETE ON sms_records FOR EACH ROW
  WHEN (session_user <> 'sms_tracking')
  EXECUTE FUNCTION ledger.overwrite();

-- The leases each login has ever taken.
CREATE TABLE ledger.leases (
  lease uuid PRIMARY KEY,
  login text NOT NULL,
  at    timestamptz NOT NULL
);

-- The grace after an invocation's time is 9 s here and not 30, so that a process that is stopped outlives its lease sooner. It stays
-- longer than the time that arming wants left.
CREATE FUNCTION ledger.shorten() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  NEW.sms_lease_until := NEW.sms_lease_until - interval '21 seconds';
  INSERT INTO ledger.leases VALUES (NEW.sms_lease_id, session_user, clock_timestamp()) ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;
CREATE TRIGGER ledger_shorten BEFORE UPDATE ON contacts FOR EACH ROW
  WHEN (session_user LIKE 'slot%' AND NEW.sms_lease_id IS NOT NULL AND NEW.sms_lease_id IS DISTINCT FROM OLD.sms_lease_id)
  EXECUTE FUNCTION ledger.shorten();
