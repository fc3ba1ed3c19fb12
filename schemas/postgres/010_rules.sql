-- Alert rules. `definition` is the rule as people write it (src/domain/rule.ts, RuleDocument).
CREATE TABLE rules (
  id text PRIMARY KEY,
  version integer NOT NULL CHECK (version > 0),
  definition jsonb NOT NULL,
  enabled boolean NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The audit: one row for each change, for ever. `definition` is null where the change was the deletion.
-- Versions of an id go on after a deletion, so that (rule, version) in an alert names one definition only.
CREATE TABLE rule_versions (
  rule_id text NOT NULL,
  version integer NOT NULL,
  definition jsonb,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL,
  PRIMARY KEY (rule_id, version)
);
