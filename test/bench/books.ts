/** Books of a year: the days before the measured month as the calculation would have left them, so that a year's ROI is read from a year of rows. */
import type { Place } from './place.ts';

const features = ['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'];

/**
 * Cells and costs of every feature and tenant on each day, all of them final.
 * @param span days; `to` is not part of it
 */
export async function fillBooks(
  { adapters: { postgres } }: Place,
  { from, to }: { from: string; to: string },
  tenants: number,
): Promise<void> {
  const days = `generate_series($1::date, $2::date - 1, interval '1 day') AS day`;
  const values = [from, to, tenants];
  await postgres.query(
    `INSERT INTO business_metrics_daily (date, total_revenue_impact, total_operating_costs, complete, provenance)
SELECT day::date, 100 * $3::int, 10 * $3::int, true, 'pipeline' FROM ${days} ON CONFLICT (date) DO NOTHING`,
    values,
  );
  await postgres.query(
    `INSERT INTO roi_feature_daily (date, tenant_id, feature_id, usage_count, key_metric_n, key_metric_sum, value_usd, manual_value_usd, direct_cost_usd,
  shared_cost_usd, common_cost_usd, causal_units)
SELECT day::date, 'tenant-' || tenant, feature, 100, 100, 1234.5, 25.123456, 0, 1.25, 0.5, 0.75, 50
FROM ${days}, generate_series(1, $3::int) AS tenant, unnest($4::text[]) AS feature ON CONFLICT DO NOTHING`,
    [...values, features],
  );
  await postgres.query(
    `INSERT INTO operating_costs_daily (date, cost_category, amount, tenant_id, feature_id, provenance)
SELECT day::date, category, 1.25, 'tenant-' || tenant, 'platform', 'pipeline'
FROM ${days}, generate_series(1, $3::int) AS tenant, unnest(ARRAY['infrastructure', 'api', 'storage', 'licences']) AS category ON CONFLICT DO NOTHING`,
    values,
  );
}
