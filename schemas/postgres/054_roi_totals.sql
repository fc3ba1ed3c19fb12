-- What all tenants come to, kept beside what each comes to: the ROI of a year is a few thousand rows, however many tenants there are.
-- Triggers write them, so that they are right after whatever writes the rows that they are sums of: the calculation, people, a restore.
CREATE TABLE roi_feature_totals (
  date date NOT NULL,
  feature_id text NOT NULL,
  usage_count bigint NOT NULL,
  key_metric_n bigint NOT NULL,
  key_metric_sum double precision NOT NULL,
  value_usd numeric(18, 6) NOT NULL,
  manual_value_usd numeric(18, 6) NOT NULL,
  direct_cost_usd numeric(18, 6) NOT NULL,
  shared_cost_usd numeric(18, 6) NOT NULL,
  common_cost_usd numeric(18, 6) NOT NULL,
  causal_units double precision NOT NULL,
  PRIMARY KEY (date, feature_id)
);
CREATE TABLE operating_cost_totals (
  date date NOT NULL,
  cost_category text NOT NULL,
  provenance text NOT NULL,
  amount numeric(18, 6) NOT NULL,
  PRIMARY KEY (date, cost_category, provenance)
);

CREATE FUNCTION roi_feature_totals_of(dates date[]) RETURNS void LANGUAGE sql AS $$
  DELETE FROM roi_feature_totals WHERE date = ANY (dates);
  INSERT INTO roi_feature_totals
  SELECT date, feature_id, sum(usage_count), sum(key_metric_n), sum(key_metric_sum), sum(value_usd), sum(manual_value_usd), sum(direct_cost_usd),
    sum(shared_cost_usd), sum(common_cost_usd), sum(causal_units)
  FROM roi_feature_daily WHERE date = ANY (dates) GROUP BY date, feature_id;
$$;
CREATE FUNCTION operating_cost_totals_of(dates date[]) RETURNS void LANGUAGE sql AS $$
  DELETE FROM operating_cost_totals WHERE date = ANY (dates);
  INSERT INTO operating_cost_totals
  SELECT date, cost_category, provenance, sum(amount) FROM operating_costs_daily WHERE date = ANY (dates) GROUP BY date, cost_category, provenance;
$$;

-- One writer at a time until its end: another's sums would lack the rows that it cannot see yet. TG_ARGV: the table of the sums.
CREATE FUNCTION totals_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  dates date[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(current_schema() || ' ' || TG_ARGV[0]));
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('TRUNCATE %I', TG_ARGV[0]);
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT array_agg(DISTINCT date) INTO dates FROM (SELECT date FROM changed UNION ALL SELECT date FROM before) AS touched;
  ELSE
    SELECT array_agg(DISTINCT date) INTO dates FROM changed;
  END IF;
  EXECUTE format('SELECT %I($1)', TG_ARGV[0] || '_of') USING dates;
  RETURN NULL;
END $$;

CREATE TRIGGER totals_inserted AFTER INSERT ON roi_feature_daily REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals');
CREATE TRIGGER totals_updated AFTER UPDATE ON roi_feature_daily REFERENCING OLD TABLE AS before NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals');
CREATE TRIGGER totals_deleted AFTER DELETE ON roi_feature_daily REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals');
CREATE TRIGGER totals_truncated AFTER TRUNCATE ON roi_feature_daily
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('roi_feature_totals');

CREATE TRIGGER totals_inserted AFTER INSERT ON operating_costs_daily REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals');
CREATE TRIGGER totals_updated AFTER UPDATE ON operating_costs_daily REFERENCING OLD TABLE AS before NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals');
CREATE TRIGGER totals_deleted AFTER DELETE ON operating_costs_daily REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals');
CREATE TRIGGER totals_truncated AFTER TRUNCATE ON operating_costs_daily
  FOR EACH STATEMENT EXECUTE FUNCTION totals_follow('operating_cost_totals');

SELECT roi_feature_totals_of(array_agg(DISTINCT date)) FROM roi_feature_daily;
SELECT operating_cost_totals_of(array_agg(DISTINCT date)) FROM operating_costs_daily;

-- A tenant's own year, and what people entered among the thousands of rows that were calculated.
CREATE INDEX roi_feature_daily_of_tenant ON roi_feature_daily (tenant_id, date);
CREATE INDEX operating_costs_of_tenant ON operating_costs_daily (tenant_id, date);
CREATE INDEX business_metrics_manual ON business_metrics_daily (date) WHERE provenance = 'manual';
CREATE INDEX lead_intelligence_manual ON lead_intelligence_metrics (date) WHERE provenance = 'manual';
CREATE INDEX property_intelligence_manual ON property_intelligence_metrics (date) WHERE provenance = 'manual';
CREATE INDEX churn_prevention_manual ON churn_prevention_metrics (date) WHERE provenance = 'manual';
CREATE INDEX ai_coaching_manual ON ai_coaching_metrics (date) WHERE provenance = 'manual';
CREATE INDEX operating_costs_manual ON operating_costs_daily (date) WHERE provenance = 'manual';
