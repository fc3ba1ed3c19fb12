-- What experiments multiply is `causal_units`; nothing reads the number of treated uses by itself.
ALTER TABLE roi_feature_daily DROP COLUMN treated_n;
