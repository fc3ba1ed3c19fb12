-- Replays: what is being rebuilt and how far, so that one that was killed goes on where it stopped.
-- `plan` is a list of {tenant, day, epoch}: the generation of each tenant's day that is built and then made active.
CREATE TABLE replays (
  id uuid PRIMARY KEY,
  from_day date NOT NULL,
  to_day date NOT NULL,
  tenant text,
  feature text,
  source text NOT NULL CHECK (source IN ('raw', 'kafka')),
  state text NOT NULL CHECK (state IN ('building', 'done', 'cancelled')),
  plan jsonb NOT NULL,
  days_done date[] NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (from_day < to_day)
);

CREATE UNIQUE INDEX one_replay_at_a_time ON replays ((true)) WHERE state = 'building';

COMMENT ON COLUMN replays.to_day IS 'Exclusive';
COMMENT ON COLUMN replays.tenant IS 'Null: every tenant';
COMMENT ON COLUMN replays.feature IS 'Null: every feature; else the other features are copied from the active generation';
