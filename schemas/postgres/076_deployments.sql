-- Deploys: who put which version where, and what came of it.
CREATE TABLE deployments (
  id uuid PRIMARY KEY,
  environment text NOT NULL,
  version text NOT NULL,
  previous text,
  state text NOT NULL CHECK (state IN ('running', 'done', 'rolled_back', 'failed')),
  reason text NOT NULL DEFAULT '',
  started_by text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);

COMMENT ON COLUMN deployments.previous IS 'The version that ran before, to which a failed deploy goes back; null: none ran';
COMMENT ON COLUMN deployments.state IS 'running that has not ended: whoever deployed has died';
