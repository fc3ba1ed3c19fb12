COMMENT ON COLUMN business_metrics_daily.feature_adoption_percentage IS 'Of the feature that was used by the fewest';
COMMENT ON COLUMN business_metrics_daily.lower_bound_revenue_impact IS 'Lower end of the interval that holds what was caused with probability 95 %';
CREATE INDEX roi_effects_newest ON roi_effects (feature_id, as_of DESC);
