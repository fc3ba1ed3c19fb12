/** What days cost: cost events from ClickHouse, manual rows from Postgres, estimates from the configuration. */

import type { RecurringCosts } from '../domain/cost/recurring.ts';
import { type CostLine, withEstimates } from '../domain/cost.ts';
import { PLATFORM } from '../domain/event.ts';
import { plusDays, startOfDay } from '../domain/zone.ts';
import { firstMeasuredDay } from './first-day.ts';
import { secondsOf, stepExpression, withinRange } from './rollup.ts';
import type { Database } from './rules.ts';
import { type Scope, seesEveryTenant, tenantCondition } from './scope.ts';
import { ask, type Rows, type Statement } from './statement.ts';

export type CostDeps = {
  clickhouse: Rows;
  postgres: Database;
  config: {
    timeZone: string;
    costsRecurring: RecurringCosts;
    /** First day with estimates; '': the first day of which anything is stored. */
    costsRecurringFrom: string;
    /** What events call the tenant of costs that no tenant caused. */
    costsSharedTenant: string;
  };
};

/** Days in the installation's time zone; `to` is not part of them. */
export type Days = { from: string; to: string };

/** Every day of a span. */
export function daysOf({ from, to }: Days): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = plusDays(day, 1)) days.push(day);
  return days;
}

/** Which features and tenants the lines are to tell apart: thousands of lines are seldom needed. */
export type CostDetail = { features: boolean; tenants: boolean };
const everything: CostDetail = { features: true, tenants: true };

type EventRow = { at: number; tenantId?: string; featureId?: string; category: string; amountUsdMicros: number | string };

/** @param edges where the days begin, and last where the last one ends, ms */
function costEventRows(scope: Scope, edges: readonly number[], { features, tenants }: CostDetail): Statement<EventRow> {
  const tenant = tenantCondition(scope);
  const within = withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });
  const step = stepExpression(edges, 'minute');
  const names = [...(tenants ? ['tenant AS tenantId'] : []), ...(features ? ['feature AS featureId'] : []), 'category'];
  const keys = ['at', ...(tenants ? ['tenantId'] : []), ...(features ? ['featureId'] : []), 'category'].join(', ');
  return {
    text: `WITH {from:UInt32} AS from
SELECT ${step.text} AS at, ${names.join(', ')}, toInt64(sum(amount_usd) * 1000000) AS amountUsdMicros
FROM cost_events_active
WHERE ${tenant.text} AND ${within.text.replaceAll('bucket', 'minute')}
GROUP BY ${keys}
ORDER BY ${keys}`,
    params: { ...tenant.params, ...within.params, ...step.params },
  };
}

async function eventCosts(
  { clickhouse, config }: CostDeps,
  scope: Scope,
  days: readonly string[],
  detail: CostDetail,
): Promise<CostLine[]> {
  const last = days.at(-1);
  if (last === undefined) return [];
  const edges = [...days, plusDays(last, 1)].map((day) => startOfDay(config.timeZone, day));
  const dayOf = new Map(days.map((day, i) => [secondsOf(edges[i] ?? 0), day]));
  const rows = await ask(clickhouse, costEventRows(scope, edges, detail));
  return rows.map(({ at, tenantId = config.costsSharedTenant, featureId = PLATFORM, category, amountUsdMicros }) => ({
    day: dayOf.get(at) ?? '',
    category,
    featureId,
    tenantId: tenantId === config.costsSharedTenant ? null : tenantId,
    amountUsdMicros: Number(amountUsdMicros),
    provenance: 'event',
  }));
}

type ManualRow = { day: string; category: string; featureId: string; tenantId: string | null; amountUsdMicros: number | string };

/** What people entered by hand. Their date is a day as it is; a row without a tenant is for whoever sees every tenant. */
async function manualCosts({ postgres }: CostDeps, scope: Scope, { from, to }: Days): Promise<CostLine[]> {
  const rows = await postgres.query<ManualRow>(
    `SELECT date AS day, cost_category AS category, feature_id AS "featureId", tenant_id AS "tenantId", (sum(amount) * 1000000)::bigint AS "amountUsdMicros"
FROM operating_costs_daily
WHERE provenance = 'manual' AND date >= $1 AND date < $2 AND ($3::text IS NULL OR tenant_id = $3)
GROUP BY date, cost_category, feature_id, tenant_id
ORDER BY date, cost_category, feature_id, tenant_id`,
    [from, to, scope.tenantId],
  );
  return rows.map(({ amountUsdMicros, ...rest }) => ({ ...rest, amountUsdMicros: Number(amountUsdMicros), provenance: 'manual' }));
}

/**
 * What each of these days cost: one line for each category, feature, tenant and way of knowing. Within one tenant's scope only what that tenant
 * caused; what all share (manual rows without a tenant, recurring estimates) is for whoever sees every tenant.
 * A day that is not over has the events so far and the whole day's estimate.
 * @param detail what event lines tell apart; without features or tenants they say `platform` and null there, and their sums are the same
 */
export async function costsOfDays(deps: CostDeps, scope: Scope, span: Days, detail = everything): Promise<CostLine[]> {
  const days = daysOf(span);
  const estimated = seesEveryTenant(scope);
  const [events, manual, first] = await Promise.all([
    eventCosts(deps, scope, days, detail),
    manualCosts(deps, scope, span),
    estimated ? deps.config.costsRecurringFrom || firstMeasuredDay(deps) : null,
  ]);
  const known = [...events, ...manual];
  if (first === null) return known;
  return withEstimates(
    known,
    days.filter((day) => day >= first),
    deps.config.costsRecurring,
  );
}
