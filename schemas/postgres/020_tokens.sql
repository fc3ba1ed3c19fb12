-- Bearer tokens of the API. Only the SHA-256 of a token is kept; the token itself is shown once, when it is made.
CREATE TABLE tokens (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{12}$'),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  tenant_id text CHECK (length(tenant_id) BETWEEN 1 AND 256),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

COMMENT ON COLUMN tokens.id IS 'The public part of the token, imp_<id>_<secret>: finds the row, so that the hash is compared once and in constant time';
COMMENT ON COLUMN tokens.tenant_id IS 'The only tenant whose rows this token sees; null: every tenant';
