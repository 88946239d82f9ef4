-- How many short messages a text takes on the air and in which alphabet, counted when it was armed; what the carrier bills may differ.
ALTER TABLE sms_records
  ADD COLUMN IF NOT EXISTS parts    smallint,
  ADD COLUMN IF NOT EXISTS encoding varchar(5);
