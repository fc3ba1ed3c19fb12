/** What the monitor looks at: the thresholds over the last minutes, and the system itself. Reads only: alerts are raised and told elsewhere. */
import { impactOf } from '../domain/impact.ts';
import { type MonitorVerdict, monitorVerdict, type StageLag, type SystemFigures } from '../domain/monitor.ts';
import { roiLines, targetsOf, targetsOfDay } from '../domain/report/targets.ts';
import { newestDue } from '../domain/schedule.ts';
import type { TargetSettings } from '../domain/target-metrics.ts';
import { cover } from '../domain/tier.ts';
import { dayAt } from '../domain/zone.ts';
import { impactRows, newestMinute } from './impact.ts';
import type { Database } from './outbox.ts';
import { qualityRows } from './report/activity.ts';
import { type TimeSettings, timesOf } from './report/settings.ts';
import { measuredTargets } from './report/targets.ts';
import { newestRuns } from './reports.ts';
import { listRules } from './rules.ts';
import { scopeOf } from './scope.ts';
import { ask, type Rows, type Statement } from './statement.ts';
import { readTargets } from './targets.ts';

export type MonitorDeps = {
  clickhouse: Rows;
  postgres: Database;
  config: TargetSettings & TimeSettings & { timeZone: string };
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Latencies and errors are those of the last minutes; uptime and adoption, like the alerts', those of a day. */
const RECENT_MS = 5 * MINUTE_MS;
/** So much later a report is overdue. */
const OVERDUE_MS = 15 * MINUTE_MS;

/** Lag of each stage by its newest samples; stuck: something waits in a partition, and nothing was committed there for 30 s or longer. */
export function lagFigures(now: number): Statement<{ stage: string; lag: number; stuck: number }> {
  return {
    text: `SELECT stage, toFloat64(sum(lag)) AS lag, toFloat64(max(stuck)) AS stuck
FROM (
  SELECT stage, topic, partition, argMax(pipeline_lag_final.lag, sampled_at) AS lag,
    min(pipeline_lag_final.lag) > 0 AND min(committed_offset) = max(committed_offset) AND max(sampled_at) - min(sampled_at) >= 30 AS stuck
  FROM pipeline_lag_final
  WHERE sampled_at >= toDateTime({from:UInt32}, 'UTC') AND sampled_at <= toDateTime({to:UInt32}, 'UTC')
  GROUP BY stage, topic, partition
)
GROUP BY stage
ORDER BY stage`,
    params: { from: Math.floor((now - 2 * MINUTE_MS) / 1000), to: Math.floor(now / 1000) },
  };
}

function storedWithin(now: number): Statement<{ seconds: number; n: number }> {
  return {
    text: `SELECT max(delay_p99_seconds) AS seconds, toFloat64(sum(n)) AS n FROM pipeline_freshness_final
WHERE sampled_at >= toDateTime({from:UInt32}, 'UTC')`,
    params: { from: Math.floor((now - RECENT_MS) / 1000) },
  };
}

const firingNow: Statement<{ severity: string; n: number }> = {
  text: `SELECT toString(severity) AS severity, toFloat64(count()) AS n FROM alerts_firing GROUP BY severity`,
  params: {},
};

type Outbox = { oldest: Date | null; dead: number };
const outboxSql = `SELECT min(not_before) FILTER (WHERE state = 'pending' AND not_before <= $1) AS oldest,
  count(*) FILTER (WHERE state = 'dead' AND finished_at >= $2) AS dead
FROM outbox WHERE state = 'pending' OR finished_at >= $2`;

/** Reports that nobody has made; none while the clock has never made any here. */
async function overdue({ postgres, config }: MonitorDeps, now: number): Promise<string[]> {
  const runs = await newestRuns(postgres);
  const late = timesOf(config).filter(([kind, minutes]) => {
    const { period, dueAt } = newestDue(kind, config.timeZone, minutes, now);
    const last = runs.get(kind);
    return last !== undefined && last < period.from && now - dueAt > OVERDUE_MS;
  });
  return late.map(([kind]) => kind);
}

async function systemFigures(deps: MonitorDeps, now: number): Promise<SystemFigures> {
  const { clickhouse, postgres } = deps;
  const scope = scopeOf(null);
  const [lags, [stored], [newest], letters, firing, [outbox], overdueReports] = await Promise.all([
    ask(clickhouse, lagFigures(now)),
    ask(clickhouse, storedWithin(now)),
    ask(clickhouse, newestMinute(scope, now)),
    ask(clickhouse, qualityRows(scope, { from: now - HOUR_MS, to: now })),
    ask(clickhouse, firingNow),
    postgres.query<Outbox>(outboxSql, [new Date(now), new Date(now - HOUR_MS)]),
    overdue(deps, now),
  ]);
  const of = (severity: string): number => firing.find((one) => one.severity === severity)?.n ?? 0;
  const oldest = outbox?.oldest ?? null;
  return {
    lags: lags.map(({ stage, lag, stuck }): StageLag => ({ stage, lag, stuck: stuck > 0 })),
    storedWithinSeconds: stored === undefined || stored.n === 0 ? null : stored.seconds,
    newestDataSeconds: newest === undefined || newest.at === 0 ? null : Math.max(0, now / 1000 - newest.at - 60),
    outboxWaitingSeconds: oldest === null ? null : Math.max(0, (now - oldest.getTime()) / 1000),
    outboxDead: Number(outbox?.dead ?? 0),
    deadLetters: letters.filter(({ what }) => what === 'letter').reduce((sum, { n }) => sum + n, 0),
    firing: { critical: of('critical'), warning: of('warning') },
    overdueReports,
  };
}

/**
 * One look at everything.
 * @param now ms since 1970
 * @throws what the databases' adapters throw
 */
export async function monitorNow(deps: MonitorDeps, now: number): Promise<MonitorVerdict> {
  const { clickhouse, postgres, config } = deps;
  const to = Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  const [recent, day] = [to - RECENT_MS, to - DAY_MS].map((from) => ({ from, to })) as [
    { from: number; to: number },
    { from: number; to: number },
  ];
  const [targets, rules, lately, ofDay, impact, figures] = await Promise.all([
    readTargets(postgres, scopeOf(null), config),
    listRules(postgres).then((stored) => stored.map(({ rule }) => rule)),
    measuredTargets(clickhouse, recent),
    measuredTargets(clickhouse, day),
    ask(clickhouse, impactRows(scopeOf(null), cover(day.from, day.to))),
    systemFigures(deps, now),
  ]);
  const actuals = { ...lately, uptime_percent: ofDay.uptime_percent, adoption_percent: ofDay.adoption_percent };
  const inForce = targetsOfDay(targets, dayAt(config.timeZone, now));
  const roi = { percent: impactOf(impact, day).total.roiPercent, ...roiLines(inForce, rules) };
  return monitorVerdict(roi, targetsOf(inForce, rules, actuals), figures);
}
