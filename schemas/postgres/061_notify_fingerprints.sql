-- An alert that ends and begins again and again is one trouble: by its fingerprint it is seen when people were last told of it.
ALTER TABLE notify_alerts ADD COLUMN fingerprint text NOT NULL DEFAULT '';
ALTER TABLE notify_alerts ADD COLUMN told_at timestamptz;
CREATE INDEX notify_alerts_fingerprint ON notify_alerts (fingerprint, told_at) WHERE told_at IS NOT NULL;
