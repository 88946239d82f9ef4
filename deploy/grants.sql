-- What the dispatcher's database role may do, and no more. Run it as the owner of the tables, after the migrations and again
-- after each upgrade; what the role was granted on these tables before is taken back first:
--
--   psql -v dispatcher=sms_dispatcher -d campaigns -f deploy/grants.sql
--
-- The role is made once, by who administers the server. CREATE ROLE sms_dispatcher LOGIN PASSWORD '...'; or, for RDS IAM
-- authentication: CREATE ROLE sms_dispatcher LOGIN; GRANT rds_iam TO sms_dispatcher;
\set ON_ERROR_STOP on
\if :{?dispatcher}
\else
\set dispatcher sms_dispatcher
\endif

BEGIN;

REVOKE ALL ON campaigns, contacts, blacklist, sms_records, sms_links, sms_events FROM :"dispatcher";
GRANT USAGE ON SCHEMA public TO :"dispatcher";

-- activates and completes campaigns, and locks their rows for it
GRANT SELECT, UPDATE (status) ON campaigns TO :"dispatcher";

-- moves contacts through their states; makes none, deletes none, and changes no number, name or zone
GRANT SELECT,
      UPDATE (status, attempts, last_attempt_at, sms_lease_id, sms_lease_until, sms_armed_attempt, sms_not_before,
              sms_outcome, sms_reason)
   ON contacts TO :"dispatcher";

GRANT SELECT ON blacklist TO :"dispatcher";

-- writes a record for each attempt, SNS's answer on it, and takes back the record of an attempt that SNS refused; never changes
-- whom a record is about or what was sent
GRANT SELECT, INSERT, DELETE, UPDATE (status, failure_reason, sent_at, accepted_at, sns_message_id)
   ON sms_records TO :"dispatcher";

-- a message's short links are stored with its record, and go with it; explain counts them and does not see where they lead
GRANT INSERT, SELECT (record_id) ON sms_links TO :"dispatcher";

-- verify asks whether a receipt stands behind another attempt
GRANT SELECT (record_id, status) ON sms_events TO :"dispatcher";

COMMIT;
