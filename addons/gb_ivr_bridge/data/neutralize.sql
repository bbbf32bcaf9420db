-- a copy of the database must not command the real telephone system
UPDATE gb_telephony_provider SET connector_url = NULL, connector_secret = NULL, softphone_server = NULL,
       softphone_turn_secret = NULL;
