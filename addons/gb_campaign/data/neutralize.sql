-- a copy of the database must not call customers whom the real one calls
UPDATE gb_campaign SET state = 'paused' WHERE state = 'running';
