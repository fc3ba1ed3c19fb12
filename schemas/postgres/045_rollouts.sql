-- Rollout plans: one row for each flag that has or had one, with the plan of its last run and where that is.
CREATE TABLE rollouts (
  flag_id text PRIMARY KEY,
  version integer NOT NULL CHECK (version > 0),
  run integer NOT NULL CHECK (run > 0),
  status text NOT NULL CHECK (status IN ('planned', 'running', 'waiting_for_approval', 'paused', 'rolled_back', 'complete')),
  plan jsonb NOT NULL,
  state jsonb NOT NULL,
  evaluation jsonb,
  evaluated_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN rollouts.version IS 'One more with each change of plan or state; whoever changes it names the version that was seen';
COMMENT ON COLUMN rollouts.plan IS 'src/domain/rollout.ts, RolloutPlan';
COMMENT ON COLUMN rollouts.state IS 'src/domain/rollout.ts, RolloutState: the status of the column, the stage, and a change of the flag that is recorded and not yet known to be in force';
COMMENT ON COLUMN rollouts.evaluation IS 'The gates before the next stage as they were found last';

-- The audit: one row for each step, for ever. Written with the state that it leads to, before the flag is changed.
CREATE TABLE rollout_steps (
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  flag_id text NOT NULL,
  run integer NOT NULL,
  version integer NOT NULL,
  kind text NOT NULL,
  from_stage text NOT NULL,
  to_stage text NOT NULL,
  made_by text NOT NULL,
  reason text NOT NULL,
  gates jsonb NOT NULL,
  evidence jsonb,
  outcome text NOT NULL CHECK (outcome IN ('done', 'pending', 'overtaken')),
  flag_version integer NOT NULL,
  made_at timestamptz NOT NULL,
  told_at timestamptz,
  UNIQUE (flag_id, version)
);

CREATE INDEX rollout_steps_untold ON rollout_steps (sequence) WHERE told_at IS NULL;

COMMENT ON COLUMN rollout_steps.version IS 'The version of the rollout that this step made: no two processes make the same one';
COMMENT ON COLUMN rollout_steps.outcome IS 'Of the change of the flag that the step asks for; done where it asks for none';
COMMENT ON COLUMN rollout_steps.told_at IS 'When the topic of flag changes had acknowledged it. A step that changes the flag is told by that change, which names it';
