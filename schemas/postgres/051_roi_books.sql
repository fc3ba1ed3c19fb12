-- What all tenants share is kept apart from what a tenant has caused: a tenant's own figures must not tell of the others.
ALTER TABLE roi_feature_daily ADD COLUMN common_cost_usd numeric(18, 6) NOT NULL DEFAULT 0;
ALTER TABLE roi_feature_daily ADD COLUMN causal_units double precision NOT NULL DEFAULT 0;

COMMENT ON COLUMN roi_feature_daily.shared_cost_usd IS 'The part of the tenant''s own shared costs that the key of ROI_SHARED_COSTS gives the feature';
COMMENT ON COLUMN roi_feature_daily.common_cost_usd IS 'The same of what all tenants share';
COMMENT ON COLUMN roi_feature_daily.causal_units IS 'What an effect of one unit is worth so often: treated uses; for satisfaction, treated years of a tenant';

-- What experiments say each feature does to its key metric; one row for each day on which they were asked.
CREATE TABLE roi_effects (
  feature_id text NOT NULL,
  as_of date NOT NULL,
  from_date date NOT NULL,
  metric text NOT NULL,
  control_n bigint NOT NULL,
  treatment_n bigint NOT NULL,
  control_mean double precision NOT NULL,
  lift double precision NOT NULL,
  lift_error double precision NOT NULL,
  shrunk_lift double precision NOT NULL,
  shrunk_error double precision NOT NULL,
  shrunk_low double precision NOT NULL,
  shrunk_high double precision NOT NULL,
  computed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (feature_id, as_of)
);

COMMENT ON COLUMN roi_effects.lift IS 'Relative difference of treatment to control by use; below zero is less, which is better of times and churn';
COMMENT ON COLUMN roi_effects.shrunk_low IS 'With shrunk_high, what holds the truth with probability 95 %';
