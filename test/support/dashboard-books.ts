/** Rows for every table of Postgres that a dashboard reads: thirty calculated days, a rollout that went on and one that was rolled back, messages. */
import type { Postgres } from '../../src/adapters/postgres.ts';

const days = `generate_series(current_date - 29, current_date, interval '1 day') AS day`;

const flag = (id: string, stage: string): string =>
  JSON.stringify({
    id,
    featureId: id,
    stage,
    owner: 'team',
    archived: false,
    roiTargetUsd: 75_000,
    errorRateThresholdPercent: 5,
    latencyThresholdMs: 100,
    metricDropThresholdPercent: 10,
  });

const statements = [
  `INSERT INTO business_metrics_daily (date, total_revenue_impact, total_operating_costs, target_roi_percentage, causal_revenue_impact, lower_bound_revenue_impact, provenance)
   SELECT day, 800, 118.36, 710, 500, 300, 'pipeline' FROM ${days}`,
  `INSERT INTO roi_feature_daily (date, tenant_id, feature_id, usage_count, key_metric_n, key_metric_sum, value_usd, manual_value_usd, direct_cost_usd, shared_cost_usd)
   SELECT day, 'acme', feature, 10, 10, 200, 200, 5, 10, 19.59 FROM ${days}, unnest(ARRAY['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching']) AS feature`,
  `INSERT INTO lead_intelligence_metrics (date, tenant_id, leads_processed, estimated_revenue_impact, provenance) SELECT day, 'acme', 10, 800, 'pipeline' FROM ${days}`,
  `INSERT INTO operating_costs_daily (date, cost_category, amount, usage_units, provenance)
   SELECT day, category, 59.18, 100, origin FROM ${days}, (VALUES ('anthropic_api', 'pipeline'), ('infrastructure', 'recurring'), ('office', 'manual')) AS cost (category, origin)`,
  `INSERT INTO roi_weekly_summary (week_start, total_revenue_impact, total_operating_costs, target_roi_percentage, revenue_change_percentage, best_feature, provenance)
   SELECT week, 5600, 828.52, 710, 4.5, 'churn_prevention', 'pipeline' FROM generate_series(date_trunc('week', current_date) - interval '4 weeks', date_trunc('week', current_date), interval '1 week') AS week`,
  `INSERT INTO roi_revisions (date, revision, reason, before, after, calculation_version, changed_at)
   VALUES (current_date - 3, 1, 'late events', '{"valueUsd": "790.000000"}', '{"valueUsd": "800.000000"}', 1, now() - interval '1 hour')`,
  `INSERT INTO flags (id, version, document, updated_at) VALUES ('realtime_intelligence', 3, '${flag('realtime_intelligence', 'beta_25')}', now()), ('ai_coaching', 2, '${flag('ai_coaching', 'disabled')}', now())`,
  `INSERT INTO flag_changes (id, flag_id, feature_id, version, kind, changed_by, reason, before, after, changed_at)
   SELECT gen_random_uuid(), id, id, 2, 'stage_changed', 'guard', 'error_rate_spike', '{"stage": "beta_10"}', json_build_object('stage', stage), now() - interval '10 minutes'
   FROM (VALUES ('realtime_intelligence', 'beta_25'), ('ai_coaching', 'disabled')) AS flag (id, stage)`,
  `INSERT INTO rollouts (flag_id, version, run, status, plan, state, evaluated_at) VALUES ('realtime_intelligence', 2, 1, 'waiting_for_approval', '{}', '{"stage": "beta_25"}', now())`,
  `INSERT INTO rollout_steps (flag_id, run, version, kind, from_stage, to_stage, made_by, reason, gates, outcome, flag_version, made_at)
   VALUES ('realtime_intelligence', 1, 2, 'advanced', 'beta_10', 'beta_25', 'rollout', 'all gates are met', '[]', 'done', 3, now() - interval '10 minutes')`,
  `INSERT INTO business_impact_alerts (alert_type, severity, source) VALUES ('error-rate', 'critical', 'pipeline')`,
  `INSERT INTO outbox (key, channel, target, payload, state, attempts, not_before, last_error) VALUES ('a', 'mail', 'on-call@company.com', '{}', 'pending', 2, now(), 'connection refused')`,
  `INSERT INTO deliveries (outbox_id, attempt, attempted_at, outcome, duration_ms) SELECT id, 1, now() - interval '20 minutes', 'retry', 12 FROM outbox`,
];

/** The migrated database of `postgres` gets rows up to today. */
export async function fillBooks(postgres: Postgres): Promise<void> {
  for (const statement of statements) await postgres.query(statement);
}
