-- a copy of the database must not take in what carriers report about real parcels
UPDATE gb_carrier SET secret = NULL;
-- nor may it write or delete recordings where the real ones are
UPDATE gb_recording_store SET secret = NULL, access_key = NULL, active = FALSE;
UPDATE res_company SET gb_recording_store_id = NULL;
-- nor send what was in the queue of faxes, should it get lines of its own
UPDATE gb_fax SET state = 'cancelled', next_try_at = NULL WHERE state IN ('queued', 'sending');
