-- a copy of the database must not tell real systems about its work orders, nor let them in
UPDATE gb_webhook SET active = false, secret = NULL;
UPDATE gb_webhook_delivery SET state = 'dead', next_at = NULL WHERE state IN ('queued', 'failed');
UPDATE gb_api_client SET active = false, secret = NULL;
