-- What the product is worth and costs, by business day (TIME_ZONE). Eight tables and three views that people may read with any SQL client,
-- and write by hand: an INSERT that names no provenance is a manual entry, which the next calculation counts and shows as manual.
-- Money is US dollars with six places. Rows of the calculation are `pipeline` (or `recurring`: an estimate by configuration).

-- One row a day: what people entered by hand stands, and is not calculated over.
CREATE TABLE business_metrics_daily (
  date date PRIMARY KEY,
  total_revenue_impact numeric(18, 6) NOT NULL DEFAULT 0,
  total_operating_costs numeric(18, 6) NOT NULL DEFAULT 0,
  net_revenue_impact numeric(18, 6) GENERATED ALWAYS AS (total_revenue_impact - total_operating_costs) STORED,
  net_roi_percentage numeric GENERATED ALWAYS AS (
    round((total_revenue_impact - total_operating_costs) / nullif(greatest(total_operating_costs, 0), 0) * 100, 4)
  ) STORED,
  target_roi_percentage numeric,
  lead_intelligence_revenue numeric(18, 6) NOT NULL DEFAULT 0,
  property_intelligence_revenue numeric(18, 6) NOT NULL DEFAULT 0,
  churn_prevention_revenue numeric(18, 6) NOT NULL DEFAULT 0,
  ai_coaching_revenue numeric(18, 6) NOT NULL DEFAULT 0,
  other_revenue numeric(18, 6) NOT NULL DEFAULT 0,
  causal_revenue_impact numeric(18, 6),
  lower_bound_revenue_impact numeric(18, 6),
  manual_revenue_impact numeric(18, 6) NOT NULL DEFAULT 0,
  manual_operating_costs numeric(18, 6) NOT NULL DEFAULT 0,
  recurring_operating_costs numeric(18, 6) NOT NULL DEFAULT 0,
  websocket_latency_ms double precision,
  ml_inference_latency_ms double precision,
  vision_analysis_latency_ms double precision,
  coaching_analysis_latency_ms double precision,
  error_rate_percentage double precision,
  uptime_percentage double precision,
  feature_adoption_percentage double precision,
  active_tenants integer,
  complete boolean NOT NULL DEFAULT true,
  time_zone text NOT NULL DEFAULT 'UTC',
  revision integer NOT NULL DEFAULT 0,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN business_metrics_daily.net_roi_percentage IS '(value - costs) / costs x 100; null without costs';
COMMENT ON COLUMN business_metrics_daily.causal_revenue_impact IS 'What experiments show to be caused; null while none does';
COMMENT ON COLUMN business_metrics_daily.manual_revenue_impact IS 'How much of the total was entered by hand';
COMMENT ON COLUMN business_metrics_daily.complete IS 'False while the day goes on';
COMMENT ON COLUMN business_metrics_daily.revision IS 'How often the day changed after it was complete; see roi_revisions';

CREATE TABLE lead_intelligence_metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  date date NOT NULL,
  tenant_id text NOT NULL CHECK (length(tenant_id) BETWEEN 1 AND 256),
  leads_processed bigint NOT NULL DEFAULT 0 CHECK (leads_processed >= 0),
  avg_response_time_minutes double precision CHECK (avg_response_time_minutes >= 0),
  avg_scoring_latency_ms double precision,
  conversion_rate double precision,
  conversion_rate_improvement double precision,
  avg_agent_productivity_score double precision,
  agent_productivity_improvement double precision,
  estimated_revenue_impact numeric(15, 6) NOT NULL DEFAULT 0,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN lead_intelligence_metrics.conversion_rate_improvement IS 'Share of leads converted, treatment less control; null without both';
COMMENT ON COLUMN lead_intelligence_metrics.agent_productivity_improvement IS 'Points of the score, treatment less control; null without both';

CREATE TABLE property_intelligence_metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  date date NOT NULL,
  tenant_id text NOT NULL CHECK (length(tenant_id) BETWEEN 1 AND 256),
  properties_analyzed bigint NOT NULL DEFAULT 0 CHECK (properties_analyzed >= 0),
  luxury_properties_detected bigint,
  avg_match_satisfaction_score double precision,
  match_satisfaction_improvement double precision,
  showings_booked bigint,
  showing_rate double precision,
  avg_vision_analysis_ms double precision,
  estimated_revenue_impact numeric(15, 6) NOT NULL DEFAULT 0,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN property_intelligence_metrics.match_satisfaction_improvement IS 'Points of the mean above the baseline of 88 %';

CREATE TABLE churn_prevention_metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  date date NOT NULL,
  tenant_id text NOT NULL CHECK (length(tenant_id) BETWEEN 1 AND 256),
  at_risk_leads_identified bigint NOT NULL DEFAULT 0 CHECK (at_risk_leads_identified >= 0),
  avg_churn_risk_score double precision,
  stage_1_interventions bigint,
  stage_2_interventions bigint,
  stage_3_interventions bigint,
  successful_interventions bigint,
  intervention_success_rate double precision,
  churn_rate_before double precision,
  churn_rate_after double precision,
  churns_prevented double precision,
  estimated_revenue_impact numeric(15, 6) NOT NULL DEFAULT 0,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN churn_prevention_metrics.at_risk_leads_identified IS 'Leads at risk whose outcome became known that day';
COMMENT ON COLUMN churn_prevention_metrics.churns_prevented IS 'Expected by the rate before, less those that happened';

CREATE TABLE ai_coaching_metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  date date NOT NULL,
  tenant_id text NOT NULL CHECK (length(tenant_id) BETWEEN 1 AND 256),
  coaching_sessions_delivered bigint NOT NULL DEFAULT 0 CHECK (coaching_sessions_delivered >= 0),
  avg_session_duration_minutes double precision,
  training_hours double precision,
  training_hours_saved double precision,
  training_time_reduction_percentage double precision,
  avg_productivity_score double precision,
  performance_improvement double precision,
  estimated_revenue_impact numeric(15, 6) NOT NULL DEFAULT 0,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN ai_coaching_metrics.performance_improvement IS 'Points of the productivity score above the baseline of 70';

CREATE TABLE operating_costs_daily (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  date date NOT NULL,
  cost_category text NOT NULL CHECK (length(cost_category) BETWEEN 1 AND 64),
  amount numeric(15, 6) NOT NULL,
  usage_units double precision,
  description text,
  currency text NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
  tenant_id text CHECK (length(tenant_id) BETWEEN 1 AND 256),
  feature_id text NOT NULL DEFAULT 'platform' CHECK (feature_id ~ '^[a-z][a-z0-9_]{0,63}$'),
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual', 'recurring')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN operating_costs_daily.amount IS 'US dollars; credits and refunds are negative';
COMMENT ON COLUMN operating_costs_daily.tenant_id IS 'Null: shared by all tenants';
COMMENT ON COLUMN operating_costs_daily.feature_id IS 'platform: shared by all features';

-- One calculated row for each day and tenant; as many manual ones as people enter.
CREATE UNIQUE INDEX lead_intelligence_calculated ON lead_intelligence_metrics (date, tenant_id) WHERE provenance = 'pipeline';
CREATE UNIQUE INDEX property_intelligence_calculated ON property_intelligence_metrics (date, tenant_id) WHERE provenance = 'pipeline';
CREATE UNIQUE INDEX churn_prevention_calculated ON churn_prevention_metrics (date, tenant_id) WHERE provenance = 'pipeline';
CREATE UNIQUE INDEX ai_coaching_calculated ON ai_coaching_metrics (date, tenant_id) WHERE provenance = 'pipeline';
CREATE UNIQUE INDEX operating_costs_calculated ON operating_costs_daily (date, cost_category, feature_id, (coalesce(tenant_id, '')), provenance)
  WHERE provenance <> 'manual';
CREATE INDEX lead_intelligence_by_date ON lead_intelligence_metrics (date);
CREATE INDEX property_intelligence_by_date ON property_intelligence_metrics (date);
CREATE INDEX churn_prevention_by_date ON churn_prevention_metrics (date);
CREATE INDEX ai_coaching_by_date ON ai_coaching_metrics (date);
CREATE INDEX operating_costs_by_date ON operating_costs_daily (date);

CREATE TABLE roi_weekly_summary (
  week_start date PRIMARY KEY,
  week_end date GENERATED ALWAYS AS (week_start + 6) STORED,
  days_counted integer NOT NULL DEFAULT 7 CHECK (days_counted BETWEEN 0 AND 7),
  total_revenue_impact numeric(18, 6) NOT NULL DEFAULT 0,
  total_operating_costs numeric(18, 6) NOT NULL DEFAULT 0,
  net_revenue_impact numeric(18, 6) GENERATED ALWAYS AS (total_revenue_impact - total_operating_costs) STORED,
  roi_percentage numeric GENERATED ALWAYS AS (
    round((total_revenue_impact - total_operating_costs) / nullif(greatest(total_operating_costs, 0), 0) * 100, 4)
  ) STORED,
  target_roi_percentage numeric,
  causal_revenue_impact numeric(18, 6),
  lower_bound_revenue_impact numeric(18, 6),
  manual_revenue_impact numeric(18, 6) NOT NULL DEFAULT 0,
  previous_week_revenue_impact numeric(18, 6),
  previous_week_roi_percentage numeric,
  revenue_change_percentage numeric,
  best_feature text,
  best_feature_revenue_impact numeric(18, 6),
  features jsonb NOT NULL DEFAULT '[]',
  complete boolean NOT NULL DEFAULT true,
  provenance text NOT NULL DEFAULT 'manual' CHECK (provenance IN ('pipeline', 'manual')),
  calculation_version integer,
  computed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN roi_weekly_summary.week_start IS 'The first of seven days; Mondays in the rows of the calculation';
COMMENT ON COLUMN roi_weekly_summary.revenue_change_percentage IS 'Value against the week before; null where that had none';

-- One row an alert, as it stands now. Its whole story is on the topic of alerts and in ClickHouse.
CREATE TABLE business_impact_alerts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
  alert_type text NOT NULL,
  severity text NOT NULL,
  title text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  tenant_id text,
  feature_id text,
  metric_name text,
  metric_value double precision,
  threshold_value double precision,
  state text NOT NULL DEFAULT 'firing',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz,
  source text NOT NULL DEFAULT 'manual' CHECK (source IN ('pipeline', 'manual'))
);

CREATE INDEX business_impact_alerts_created ON business_impact_alerts (created_at DESC);
CREATE INDEX business_impact_alerts_open ON business_impact_alerts (severity) WHERE resolved_at IS NULL;

COMMENT ON COLUMN business_impact_alerts.alert_type IS 'Id of the rule';
COMMENT ON COLUMN business_impact_alerts.created_at IS 'When the alert opened';

-- The calculation's own books: value and cost of every feature of every tenant on each day, from which any period adds up.
CREATE TABLE roi_feature_daily (
  date date NOT NULL,
  tenant_id text NOT NULL,
  feature_id text NOT NULL,
  usage_count bigint NOT NULL,
  key_metric_n bigint NOT NULL,
  key_metric_sum double precision NOT NULL,
  value_usd numeric(18, 6) NOT NULL,
  manual_value_usd numeric(18, 6) NOT NULL,
  direct_cost_usd numeric(18, 6) NOT NULL,
  shared_cost_usd numeric(18, 6) NOT NULL,
  treated_n bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (date, tenant_id, feature_id)
);

COMMENT ON COLUMN roi_feature_daily.tenant_id IS 'Empty: what no tenant has caused';
COMMENT ON COLUMN roi_feature_daily.manual_value_usd IS 'How much of value_usd was entered by hand';
COMMENT ON COLUMN roi_feature_daily.shared_cost_usd IS 'The part of the shared costs that the key of ROI_SHARED_COSTS gives it';
COMMENT ON COLUMN roi_feature_daily.treated_n IS 'Uses by units that an experiment gave the feature';

-- What a day was calculated from, so that a change of it is seen; and one row for each day that has to be calculated for another reason.
CREATE TABLE roi_inputs (
  date date PRIMARY KEY,
  fingerprint text NOT NULL
);
CREATE TABLE roi_due (
  date date PRIMARY KEY,
  reason text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each change of a day that was complete.
CREATE TABLE roi_revisions (
  date date NOT NULL,
  revision integer NOT NULL CHECK (revision > 0),
  reason text NOT NULL,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  calculation_version integer NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (date, revision)
);

CREATE INDEX roi_revisions_changed ON roi_revisions (changed_at DESC);

-- Every figure of value, cost and use, whoever it comes from. A recurring estimate gives way as soon as a real cost of its category is there.
CREATE VIEW feature_performance_summary AS
SELECT date, 'realtime_intelligence' AS feature_id, count(DISTINCT tenant_id) AS tenants, sum(leads_processed) AS usage_count,
  sum(estimated_revenue_impact) AS total_revenue_impact,
  sum(estimated_revenue_impact) FILTER (WHERE provenance = 'manual') AS manual_revenue_impact,
  'avg_response_time_minutes' AS performance_metric,
  sum(avg_response_time_minutes * leads_processed) / nullif(sum(leads_processed) FILTER (WHERE avg_response_time_minutes IS NOT NULL), 0) AS performance_value,
  'conversion_rate' AS accuracy_metric,
  sum(conversion_rate * leads_processed) / nullif(sum(leads_processed) FILTER (WHERE conversion_rate IS NOT NULL), 0) AS accuracy_value
FROM lead_intelligence_metrics GROUP BY date
UNION ALL
SELECT date, 'property_intelligence', count(DISTINCT tenant_id), sum(properties_analyzed), sum(estimated_revenue_impact),
  sum(estimated_revenue_impact) FILTER (WHERE provenance = 'manual'), 'avg_match_satisfaction_score',
  sum(avg_match_satisfaction_score * properties_analyzed) / nullif(sum(properties_analyzed) FILTER (WHERE avg_match_satisfaction_score IS NOT NULL), 0),
  'showing_rate',
  sum(showing_rate * properties_analyzed) / nullif(sum(properties_analyzed) FILTER (WHERE showing_rate IS NOT NULL), 0)
FROM property_intelligence_metrics GROUP BY date
UNION ALL
SELECT date, 'churn_prevention', count(DISTINCT tenant_id), sum(at_risk_leads_identified), sum(estimated_revenue_impact),
  sum(estimated_revenue_impact) FILTER (WHERE provenance = 'manual'), 'churn_rate_after',
  sum(churn_rate_after * at_risk_leads_identified) / nullif(sum(at_risk_leads_identified) FILTER (WHERE churn_rate_after IS NOT NULL), 0),
  'intervention_success_rate',
  sum(intervention_success_rate * at_risk_leads_identified) / nullif(sum(at_risk_leads_identified) FILTER (WHERE intervention_success_rate IS NOT NULL), 0)
FROM churn_prevention_metrics GROUP BY date
UNION ALL
SELECT date, 'ai_coaching', count(DISTINCT tenant_id), sum(coaching_sessions_delivered), sum(estimated_revenue_impact),
  sum(estimated_revenue_impact) FILTER (WHERE provenance = 'manual'), 'avg_session_duration_minutes',
  sum(avg_session_duration_minutes * coaching_sessions_delivered)
    / nullif(sum(coaching_sessions_delivered) FILTER (WHERE avg_session_duration_minutes IS NOT NULL), 0),
  'avg_productivity_score',
  sum(avg_productivity_score * coaching_sessions_delivered)
    / nullif(sum(coaching_sessions_delivered) FILTER (WHERE avg_productivity_score IS NOT NULL), 0)
FROM ai_coaching_metrics GROUP BY date;

CREATE VIEW daily_roi_summary AS
WITH worth AS (
  SELECT date, sum(total_revenue_impact) AS revenue, coalesce(sum(manual_revenue_impact), 0) AS manual FROM feature_performance_summary GROUP BY date
), spent AS (
  SELECT date, sum(amount) AS costs, coalesce(sum(amount) FILTER (WHERE provenance = 'manual'), 0) AS manual,
    coalesce(sum(amount) FILTER (WHERE provenance = 'recurring'), 0) AS recurring
  FROM operating_costs_daily AS cost
  WHERE provenance <> 'recurring' OR NOT EXISTS (
    SELECT FROM operating_costs_daily AS real
    WHERE real.date = cost.date AND real.cost_category = cost.cost_category AND real.provenance <> 'recurring'
  )
  GROUP BY date
), days AS (
  SELECT date,
    CASE WHEN daily.provenance = 'manual' THEN daily.total_revenue_impact ELSE coalesce(worth.revenue, 0) + coalesce(daily.other_revenue, 0) END AS revenue,
    CASE WHEN daily.provenance = 'manual' THEN daily.total_operating_costs ELSE coalesce(spent.costs, 0) END AS costs,
    CASE WHEN daily.provenance = 'manual' THEN daily.total_revenue_impact ELSE coalesce(worth.manual, 0) END AS manual_revenue,
    CASE WHEN daily.provenance = 'manual' THEN daily.total_operating_costs ELSE coalesce(spent.manual, 0) END AS manual_costs,
    CASE WHEN daily.provenance = 'manual' THEN 0 ELSE coalesce(spent.recurring, 0) END AS recurring_costs,
    daily.target_roi_percentage, daily.complete, daily.revision, daily.computed_at
  FROM worth FULL JOIN spent USING (date) FULL JOIN business_metrics_daily AS daily USING (date)
)
SELECT date, revenue AS total_revenue_impact, costs AS total_operating_costs, revenue - costs AS net_revenue_impact,
  round((revenue - costs) / nullif(greatest(costs, 0), 0) * 100, 4) AS roi_percentage,
  coalesce(target_roi_percentage, 710) AS target_roi_percentage,
  (revenue - costs) / nullif(greatest(costs, 0), 0) * 100 >= coalesce(target_roi_percentage, 710) AS target_met,
  manual_revenue AS manual_revenue_impact, manual_costs AS manual_operating_costs, recurring_costs AS recurring_operating_costs,
  coalesce(complete, false) AS complete, coalesce(revision, 0) AS revision, computed_at
FROM days;

-- One row: how the last day that has figures does against the warning and critical limits, best of four words each.
CREATE VIEW business_impact_health AS
WITH latest AS (
  SELECT * FROM business_metrics_daily ORDER BY date DESC LIMIT 1
), roi AS (
  SELECT summary.roi_percentage, summary.target_roi_percentage FROM daily_roi_summary AS summary JOIN latest USING (date)
), open_alerts AS (
  SELECT count(*) FILTER (WHERE severity = 'critical') AS critical, count(*) FILTER (WHERE severity = 'warning') AS warning
  FROM business_impact_alerts WHERE resolved_at IS NULL
), judged AS (
  SELECT latest.date, roi.roi_percentage, roi.target_roi_percentage, latest.feature_adoption_percentage, latest.error_rate_percentage,
    latest.uptime_percentage, latest.websocket_latency_ms, latest.ml_inference_latency_ms, latest.vision_analysis_latency_ms,
    latest.coaching_analysis_latency_ms, open_alerts.critical, open_alerts.warning, latest.computed_at,
    CASE
      WHEN roi.roi_percentage IS NULL THEN NULL WHEN roi.roi_percentage < 200 THEN 0 WHEN roi.roi_percentage < 500 THEN 1
      WHEN roi.roi_percentage < roi.target_roi_percentage THEN 2 ELSE 3
    END AS roi_grade,
    CASE
      WHEN latest.feature_adoption_percentage IS NULL THEN NULL WHEN latest.feature_adoption_percentage < 40 THEN 0
      WHEN latest.feature_adoption_percentage < 60 THEN 1 WHEN latest.feature_adoption_percentage <= 80 THEN 2 ELSE 3
    END AS adoption_grade,
    least(
      CASE WHEN websocket_latency_ms IS NULL THEN NULL WHEN websocket_latency_ms > 200 THEN 0 WHEN websocket_latency_ms > 100 THEN 1
        WHEN websocket_latency_ms >= 50 THEN 2 ELSE 3 END,
      CASE WHEN ml_inference_latency_ms IS NULL THEN NULL WHEN ml_inference_latency_ms > 100 THEN 0 WHEN ml_inference_latency_ms > 70 THEN 1
        WHEN ml_inference_latency_ms >= 35 THEN 2 ELSE 3 END,
      CASE WHEN vision_analysis_latency_ms IS NULL THEN NULL WHEN vision_analysis_latency_ms > 3000 THEN 0 WHEN vision_analysis_latency_ms > 2000 THEN 1
        WHEN vision_analysis_latency_ms >= 1500 THEN 2 ELSE 3 END,
      CASE WHEN coaching_analysis_latency_ms IS NULL THEN NULL WHEN coaching_analysis_latency_ms > 5000 THEN 0
        WHEN coaching_analysis_latency_ms > 3000 THEN 1 WHEN coaching_analysis_latency_ms >= 2000 THEN 2 ELSE 3 END,
      CASE WHEN error_rate_percentage IS NULL THEN NULL WHEN error_rate_percentage > 5 THEN 0 WHEN error_rate_percentage > 2 THEN 1
        WHEN error_rate_percentage >= 1 THEN 2 ELSE 3 END,
      CASE WHEN uptime_percentage IS NULL THEN NULL WHEN uptime_percentage < 99 THEN 0 WHEN uptime_percentage < 99.5 THEN 1
        WHEN uptime_percentage <= 99.9 THEN 2 ELSE 3 END
    ) AS performance_grade
  FROM latest CROSS JOIN roi CROSS JOIN open_alerts
), words (grade, health) AS (
  VALUES (0, 'critical'), (1, 'warning'), (2, 'good'), (3, 'excellent')
)
SELECT date,
  coalesce((SELECT health FROM words WHERE grade = performance_grade), 'unknown') AS performance_health,
  coalesce((SELECT health FROM words WHERE grade = roi_grade), 'unknown') AS roi_health,
  coalesce((SELECT health FROM words WHERE grade = adoption_grade), 'unknown') AS adoption_health,
  coalesce((SELECT health FROM words WHERE grade = least(performance_grade, roi_grade, adoption_grade)), 'unknown') AS overall_health,
  roi_percentage, target_roi_percentage, feature_adoption_percentage, error_rate_percentage, uptime_percentage,
  websocket_latency_ms, ml_inference_latency_ms, vision_analysis_latency_ms, coaching_analysis_latency_ms,
  critical AS open_critical_alerts, warning AS open_warning_alerts, computed_at
FROM judged;
