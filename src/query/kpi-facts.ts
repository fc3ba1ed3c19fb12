/** What the checklists are judged by, gathered from ClickHouse and Postgres. */
import { reportsDue } from '../domain/kpi/due.ts';
import type { KpiAlert, KpiFacts, KpiMeasure, KpiReport } from '../domain/kpi/facts.ts';
import { adoptionSignals, uptimeSignal } from '../domain/signal.ts';
import { targetsOn } from '../domain/target-choice.ts';
import type { TargetMetric, TargetSettings } from '../domain/target-metrics.ts';
import { cover } from '../domain/tier.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { usersOf } from './adoption.ts';
import { daysOf } from './costs.ts';
import { newestMinute } from './impact.ts';
import { storedDays } from './roi/books.ts';
import { type ReportDeps, readRoi } from './roi.ts';
import { scopeOf } from './scope.ts';
import { dayRows, uptimeRow } from './signals.ts';
import { ask } from './statement.ts';
import { readTargets } from './targets.ts';

export type KpiDeps = ReportDeps & {
  config: ReportDeps['config'] & TargetSettings & { kpiSince: string };
  /** Looks at the dashboard as a reader would. */
  dashboard(): Promise<KpiFacts['dashboard']>;
};

const everyone = scopeOf(null);
const MINUTE = 60_000;
const DAY_MS = 86_400_000;

const measuredMetrics: Record<string, TargetMetric> = {
  websocket_latency_ms: 'websocket_latency_ms',
  ml_inference_latency_ms: 'ml_inference_latency_ms',
  vision_analysis_latency_ms: 'vision_analysis_latency_ms',
  coaching_analysis_latency_ms: 'coaching_analysis_latency_ms',
  request_error: 'error_rate_percent',
};

/** Days, the last one included, in the zone. */
export type Span = { from: string; to: string; now: number; zone: string };
const beginOf = ({ from, zone }: Span): number => startOfDay(zone, from);
const endOf = ({ to, now, zone }: Span): number => Math.min(startOfDay(zone, plusDays(to, 1)), Math.floor(now / MINUTE) * MINUTE + MINUTE);

async function measures({ clickhouse }: KpiDeps, span: Span): Promise<KpiMeasure[]> {
  const edges = [...daysOf({ from: span.from, to: plusDays(span.to, 1) }), plusDays(span.to, 1)].map((day) => startOfDay(span.zone, day));
  const rows = await ask(clickhouse, dayRows(Object.keys(measuredMetrics), edges));
  return rows
    .filter(({ n }) => n > 0)
    .map(({ day, metric, n, sum }) => ({
      day: dayAt(span.zone, day),
      metric: measuredMetrics[metric] ?? 'error_rate_percent',
      n,
      // The error rate is stored as a share.
      mean: metric === 'request_error' ? (100 * sum) / n : sum / n,
    }));
}

const alertsSql = `SELECT alert_id, any(rule) AS rule, any(title) AS title, any(metric) AS metric, toFloat64(toUnixTimestamp64Milli(min(opened_at))) AS openedAt
FROM alerts_final
WHERE severity = 'critical' AND opened_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND opened_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY alert_id
ORDER BY openedAt`;

const criticalAlerts = ({ clickhouse }: KpiDeps, span: Span): Promise<KpiAlert[]> =>
  clickhouse.query<KpiAlert>(alertsSql, { from: beginOf(span), to: endOf(span) });

type RunRow = { kind: string; date: string; outcome: 'made' | 'skipped'; deadMessages: number };

/** What the clock recorded of the period's reports, and what it should have. */
async function reports({ postgres }: KpiDeps, span: Span): Promise<KpiReport[]> {
  const rows = await postgres.query<RunRow>(
    `SELECT run.kind, run.date, run.outcome, (
  SELECT count(*) FROM report_sends AS sent JOIN outbox ON outbox.key = ANY(sent.outbox_keys)
  WHERE sent.kind = run.kind AND sent.date = run.date AND outbox.state = 'dead'
)::int AS "deadMessages"
FROM report_runs AS run WHERE run.date >= $1 AND run.date <= $2 ORDER BY run.kind, run.date`,
    [span.from, span.to],
  );
  const recorded = new Set(rows.map(({ kind, date }) => `${kind} ${date}`));
  const absent = reportsDue(span.from, span.to, dayAt(span.zone, span.now)).filter(({ kind, date }) => !recorded.has(`${kind} ${date}`));
  return [...rows, ...absent.map((one) => ({ ...one, outcome: null, deadMessages: 0 }))];
}

async function targets({ postgres, config }: KpiDeps, day: string): Promise<KpiFacts['targets']> {
  const found = targetsOn(await readTargets(postgres, everyone, config), { day });
  return Object.fromEntries(found.map((target) => [target.metric, target]));
}

async function adoption({ clickhouse }: KpiDeps, span: Span): Promise<KpiFacts['adoption']> {
  const to = endOf(span);
  const from = Math.max(beginOf(span), to - 7 * DAY_MS);
  const rows = await ask(clickhouse, usersOf(scopeOf(null), cover(from, to)));
  return adoptionSignals(rows).map(({ featureId, value, n }) => ({ feature: featureId, percent: value, users: n }));
}

async function dataAge({ clickhouse }: KpiDeps, now: number): Promise<number | null> {
  const [row] = await ask(clickhouse, newestMinute(everyone, now));
  return row === undefined || row.at === 0 ? null : Math.max(0, now - row.at * 1000);
}

async function uptime({ clickhouse }: KpiDeps, span: Span): Promise<number | null> {
  const [row] = await ask(clickhouse, uptimeRow({ from: beginOf(span), to: endOf(span) }));
  const [signal] = row === undefined ? [] : uptimeSignal(row);
  return signal?.value ?? null;
}

async function roiDaysOf(deps: KpiDeps, span: Span): Promise<Pick<KpiFacts, 'days' | 'todayCalculated'>> {
  const [report, stored] = await Promise.all([
    readRoi(deps, everyone, { from: span.from, to: span.to }, span.now),
    storedDays(deps.postgres, { from: span.from, to: plusDays(span.to, 1) }),
  ]);
  const final = new Set(stored.filter(({ complete }) => complete).map(({ day }) => day));
  const today = dayAt(span.zone, span.now);
  return {
    days: report.days
      .filter(({ day }) => day < today)
      .map(({ day, valueUsdMicros, costUsdMicros }) => ({ day, valueUsdMicros, costUsdMicros, calculated: final.has(day) })),
    todayCalculated: stored.some(({ day }) => day === today),
  };
}

/** All facts of a span of days that have begun. */
export async function factsOf(deps: KpiDeps, span: Span): Promise<KpiFacts> {
  const [roi, found, uptimePercent, adopted, alerts, made, dashboard, dataAgeMs, lines] = await Promise.all([
    roiDaysOf(deps, span),
    measures(deps, span),
    uptime(deps, span),
    adoption(deps, span),
    criticalAlerts(deps, span),
    reports(deps, span),
    deps.dashboard(),
    dataAge(deps, span.now),
    targets(deps, span.to),
  ]);
  return {
    ...roi,
    measures: found,
    uptimePercent,
    adoption: adopted,
    criticalAlerts: alerts,
    reports: made,
    dashboard,
    dataAgeMs,
    targets: lines,
  };
}
