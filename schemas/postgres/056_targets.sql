-- What figures are to reach, from a day on. Rows are never changed: setting a target again for the same day adds a version, and the highest counts.
-- '' stands for every tenant and for every feature; the defaults are the configuration's.
CREATE TABLE targets (
  metric text NOT NULL,
  tenant_id text NOT NULL DEFAULT '',
  feature_id text NOT NULL DEFAULT '',
  effective_from date NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  target double precision,
  warning double precision,
  critical double precision,
  set_by text NOT NULL,
  set_at timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL,
  PRIMARY KEY (metric, tenant_id, feature_id, effective_from, version)
);

COMMENT ON COLUMN targets.target IS 'Null: withdrawn; what was in force before, or the default, is in force again';
COMMENT ON COLUMN targets.warning IS 'Null: no line of its own';
