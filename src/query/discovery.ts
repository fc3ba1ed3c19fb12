/** What there is to ask about: tenants, features, metrics. From the day tier, which is small and kept for ever. */
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** Days are "2026-01-11", UTC. */
type Span = { n: number; firstDay: string; lastDay: string };
export type TenantRow = Span & { tenant: string };
export type FeatureRow = Span & { feature: string };
export type MetricRow = Span & { feature: string; metric: string };

/** `n` counts measurements; one event may hold several. */
function spans<Row>(scope: Scope, keys: string): Statement<Row> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT ${keys}, toFloat64(sum(parts.n)) AS n, toString(toDate(min(bucket))) AS firstDay, toString(toDate(max(bucket))) AS lastDay
FROM rollup_1d_active AS parts
WHERE ${tenant.text}
GROUP BY ${keys}
ORDER BY ${keys}`,
    params: tenant.params,
  };
}

export const tenantRows = (scope: Scope): Statement<TenantRow> => spans(scope, 'tenant');
export const featureRows = (scope: Scope): Statement<FeatureRow> => spans(scope, 'feature');
export const metricRows = (scope: Scope): Statement<MetricRow> => spans(scope, 'feature, metric');
