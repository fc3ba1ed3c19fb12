-- Flags. Redis has them in use; here is the copy that Redis is filled from when it has lost them.
CREATE TABLE flags (
  id text PRIMARY KEY,
  version integer NOT NULL CHECK (version > 0),
  document jsonb,
  updated_at timestamptz NOT NULL
);

COMMENT ON COLUMN flags.document IS 'The flag as JSON (src/domain/flags/flag.ts, FlagDocument); null: deleted. The row stays, so that versions of an id go on';

-- The audit: one row for each change, for ever. Changes are recorded in the order in which they took effect, and told on the topic in this order.
CREATE TABLE flag_changes (
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  id uuid PRIMARY KEY,
  flag_id text NOT NULL,
  feature_id text NOT NULL,
  version integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('created', 'updated', 'stage_changed', 'archived', 'unarchived', 'deleted')),
  changed_by text NOT NULL,
  reason text NOT NULL,
  evidence jsonb,
  before jsonb,
  after jsonb,
  changed_at timestamptz NOT NULL,
  told_at timestamptz
);

CREATE INDEX flag_changes_of_flag ON flag_changes (flag_id, version DESC);
CREATE INDEX flag_changes_untold ON flag_changes (sequence) WHERE told_at IS NULL;

COMMENT ON COLUMN flag_changes.told_at IS 'When the topic had acknowledged it; null: to be told';
