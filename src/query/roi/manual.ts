/** What people entered by hand: metrics of features, and totals of whole days. */
import type { ManualDay } from '../../domain/roi/manual-day.ts';
import { microsOfNumeric } from '../../domain/roi/money.ts';
import type { ManualValue } from '../../domain/roi/value.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';
import type { Scope } from '../scope.ts';

type ValueText = Omit<ManualValue, 'valueUsdMicros'> & { valueUsd: string };

const table = (name: string, feature: string, usage: string, keyMean: string): string =>
  `SELECT date::text AS day, tenant_id AS "tenantId", '${feature}' AS "featureId", ${usage} AS usage, ${keyMean} AS "keyMean", estimated_revenue_impact::text AS "valueUsd", id
  FROM ${name} WHERE provenance = 'manual' AND date >= $1 AND date < $2 AND ($3::text IS NULL OR tenant_id = $3)`;

const manualSql = [
  table('lead_intelligence_metrics', 'realtime_intelligence', 'leads_processed', 'avg_response_time_minutes * 60'),
  table('property_intelligence_metrics', 'property_intelligence', 'properties_analyzed', 'avg_match_satisfaction_score'),
  table('churn_prevention_metrics', 'churn_prevention', 'at_risk_leads_identified', 'churn_rate_after'),
  table('ai_coaching_metrics', 'ai_coaching', 'coaching_sessions_delivered', 'avg_session_duration_minutes'),
].join('\nUNION ALL\n');

/** In the order in which they were entered. */
export async function manualValues(postgres: Database, scope: Scope, { from, to }: Days): Promise<ManualValue[]> {
  const rows = await postgres.query<ValueText & { id: number }>(`${manualSql} ORDER BY day, "featureId", id`, [from, to, scope.tenantId]);
  return rows.map(({ valueUsd, id: _, usage, ...row }) => ({ ...row, usage: Number(usage), valueUsdMicros: microsOfNumeric(valueUsd) }));
}

/** Days whose totals were entered by hand; they are no tenant's. */
export async function manualDays(postgres: Database, scope: Scope, { from, to }: Days): Promise<ManualDay[]> {
  if (scope.tenantId !== null) return [];
  const rows = await postgres.query<{ day: string; value: string; cost: string }>(
    `SELECT date::text AS day, total_revenue_impact::text AS value, total_operating_costs::text AS cost
FROM business_metrics_daily WHERE provenance = 'manual' AND date >= $1 AND date < $2 ORDER BY date`,
    [from, to],
  );
  return rows.map(({ day, value, cost }) => ({ day, valueUsdMicros: microsOfNumeric(value), costUsdMicros: microsOfNumeric(cost) }));
}
