-- Requests that carry an Idempotency-Key, and what was answered: the same request with the same key is answered the same, and done once.
-- Rows are kept for a day.
CREATE TABLE idempotency_keys (
  token_id text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  status integer,
  headers jsonb,
  body text,
  PRIMARY KEY (token_id, key)
);

CREATE INDEX idempotency_keys_age ON idempotency_keys (started_at);

COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of method, address and body: the key belongs to this request alone';
COMMENT ON COLUMN idempotency_keys.status IS 'Null: the request is being carried out, or whoever did it has died';
