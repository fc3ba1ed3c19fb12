/** What was measured of the performance targets over a span of time, of the whole platform; and which targets are in force. */
import { type Actuals, watchedMetrics } from '../domain/report-targets.ts';
import { adoptionSignals, uptimeSignal } from '../domain/signal.ts';
import { type TargetInForce, targetInForce } from '../domain/target-choice.ts';
import type { TargetMetric, TargetSettings } from '../domain/target-metrics.ts';
import { cover } from '../domain/tier.ts';
import { usersOf } from './adoption.ts';
import type { Database } from './rules.ts';
import { type Scope, scopeOf } from './scope.ts';
import { dayRows, uptimeRow } from './signals.ts';
import { ask, type Rows } from './statement.ts';
import { targetVersions } from './targets.ts';

type Span = { from: number; to: number };

/** The target of a metric on a day; `featureId` '' for all features together. */
export type TargetBook = (metric: TargetMetric, featureId?: string) => TargetInForce | null;

/** Targets as they are in force on a day, for whoever the scope is. */
export async function targetBook(postgres: Database, scope: Scope, day: string, settings: TargetSettings): Promise<TargetBook> {
  const versions = await targetVersions(postgres, scope);
  return (metric, featureId = '') => targetInForce(versions, metric, { tenantId: scope.tenantId ?? '', featureId, day }, settings);
}

const latencies = watchedMetrics.filter((metric) => metric.endsWith('_latency_ms'));

/** Latencies are means; the adoption is that of the least used feature. @param span whole minutes, ms */
export async function measuredTargets(clickhouse: Rows, span: Span): Promise<Actuals> {
  const [sums, uptime, adoption] = await Promise.all([
    ask(clickhouse, dayRows([...latencies, 'request_error'], [span.from, span.to])),
    ask(clickhouse, uptimeRow(span)),
    ask(clickhouse, usersOf(scopeOf(null), cover(span.from, span.to))),
  ]);
  const mean = (metric: string, factor = 1): number | null => {
    const row = sums.find((one) => one.metric === metric);
    return row === undefined || row.n === 0 ? null : (row.sum / row.n) * factor;
  };
  const shares = adoptionSignals(adoption).map(({ value }) => value);
  return {
    ...(Object.fromEntries(latencies.map((metric) => [metric, mean(metric)])) as Actuals),
    error_rate_percent: mean('request_error', 100),
    uptime_percent: uptime.flatMap(uptimeSignal)[0]?.value ?? null,
    adoption_percent: shares.length === 0 ? null : Math.min(...shares),
  };
}
