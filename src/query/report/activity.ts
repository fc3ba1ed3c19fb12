/** What happened in a report's period: experiments, rollouts, alerts, and what did not arrive or could not be used. Times are ms. */
import { experimentQuestion } from '../../domain/experiment/question.ts';
import { isPercentageStage } from '../../domain/flags/stage.ts';
import type { ImpactRow } from '../../domain/impact.ts';
import type {
  ReportAlert,
  ReportExperiment,
  ReportQuality,
  ReportRollout,
  ReportSource,
  StageChange,
} from '../../domain/report/figures.ts';
import { sourcesOf } from '../../domain/source.ts';
import { keyMetrics } from '../../domain/target.ts';
import { cover } from '../../domain/tier.ts';
import { type AlertRow, alertRows } from '../alerts.ts';
import { analyseExperiment } from '../experiment/analysis.ts';
import type { Database, DurableFlag } from '../flags.ts';
import { impactRows, newestMinute } from '../impact.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import { ask, type Rows, type Statement } from '../statement.ts';

type Span = { from: number; to: number };

const EXPERIMENT_MS = 30 * 86_400_000;
const MOST_ALERTS = 50;

type FlagDocument = NonNullable<DurableFlag['document']>;

/** Flags that are neither deleted nor archived. */
export const liveFlags = (flags: readonly DurableFlag[]): FlagDocument[] =>
  flags.flatMap(({ document }) => (document === null || document.archived ? [] : [document]));

export const rolloutsOf = (flags: readonly FlagDocument[]): ReportRollout[] =>
  flags.map(({ id, featureId, stage }) => ({ flagId: id, featureId, stage }));

async function experimentOf(clickhouse: Rows, scope: Scope, flag: FlagDocument, span: Span, zone: string): Promise<ReportExperiment[]> {
  const key = keyMetrics[flag.featureId as keyof typeof keyMetrics];
  const asked = {
    feature: flag.featureId,
    metrics: [key.metric],
    guardrails: [],
    period: span,
    policy: 'sequential',
    alpha: 0.05,
  } as const;
  const result = await analyseExperiment(clickhouse, scope, experimentQuestion({ ...asked, daily: false, zone }, flag));
  const [goal] = result.goals;
  if (goal === undefined || result.exposed.control + result.exposed.treatment === 0) return [];
  return [
    {
      feature: flag.featureId,
      stage: result.stage,
      metric: goal.metric,
      units: { control: goal.control.n, treatment: goal.treatment.n },
      lift: goal.lift,
      liftInterval: goal.liftInterval,
      recommendation: result.action,
      reason: result.reasons[0] ?? '',
    },
  ];
}

/** The experiments that were running, over the 30 days up to the period's end, by each feature's key metric. @param keptFrom raw events are kept from here on */
export async function reportExperiments(
  clickhouse: Rows,
  scope: Scope,
  flags: readonly FlagDocument[],
  { to, zone, keptFrom }: { to: number; zone: string; keptFrom: number },
): Promise<ReportExperiment[]> {
  const from = Math.max(to - EXPERIMENT_MS, keptFrom);
  const running = flags.filter(({ stage, featureId }) => isPercentageStage(stage) && featureId in keyMetrics);
  if (from >= to) return [];
  const found = await Promise.all(running.map((flag) => experimentOf(clickhouse, scope, flag, { from, to }, zone)));
  return found.flat();
}

type ChangeRow = { flagId: string; featureId: string; at: Date; by: string; reason: string; from: string; to: string };

/** Changes of stages, oldest first. */
export async function stageChanges(postgres: Database, { from, to }: Span): Promise<StageChange[]> {
  const rows = await postgres.query<ChangeRow>(
    `SELECT flag_id AS "flagId", feature_id AS "featureId", changed_at AS at, changed_by AS by, reason,
  coalesce(before->>'stage', 'disabled') AS from, coalesce(after->>'stage', 'disabled') AS to
FROM flag_changes
WHERE changed_at >= $1 AND changed_at < $2 AND coalesce(before->>'stage', 'disabled') <> coalesce(after->>'stage', 'disabled')
ORDER BY changed_at, sequence LIMIT 200`,
    [new Date(from), new Date(to)],
  );
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

const alertOf = ({ alertId, rule, title, severity, state, tenant, feature, value, threshold, openedAt }: AlertRow): ReportAlert => ({
  id: alertId,
  rule,
  title,
  severity,
  firing: state === 'firing',
  tenant,
  feature,
  value,
  threshold,
  openedAt,
});

/** Alerts that opened in the period, and older ones that still fire; youngest first. */
export async function reportAlerts(clickhouse: Rows, scope: Scope, { from, to }: Span): Promise<ReportAlert[]> {
  const [opened, firing] = await Promise.all([
    ask(clickhouse, alertRows(scope, { openedFrom: from, openedTo: to }, null, MOST_ALERTS)),
    ask(clickhouse, alertRows(scope, { state: 'firing', openedTo: from }, null, MOST_ALERTS)),
  ]);
  return [...opened, ...firing].map(alertOf);
}

type CountRow = { what: string; reason: string; n: number };

/** Late events and dead letters of a span. */
export function qualityRows(scope: Scope, { from, to }: Span): Statement<CountRow> {
  const tenant = tenantCondition(scope);
  const within = (column: string): string =>
    `${tenant.text} AND ${column} >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ${column} < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
  return {
    text: `SELECT 'late' AS what, '' AS reason, toFloat64(count()) AS n FROM late_events_final WHERE ${within('reported_at')}
UNION ALL
SELECT 'letter' AS what, toString(reason) AS reason, toFloat64(count()) AS n FROM dead_letters_final WHERE ${within('dead_lettered_at')}
GROUP BY reason`,
    params: { ...tenant.params, from, to },
  };
}

/** "impact-ai-coaching" is the topic of the kind "ai-coaching". */
const kindOf = (metric: string): string => (sourcesOf(metric)[0] ?? 'custom-metrics').replace(/^impact-/, '');

/** Which kinds of events arrived, now and before; a kind that never came is nobody's loss. */
function sourceCounts(rows: readonly ImpactRow[], previous: readonly ImpactRow[]): ReportSource[] {
  const count = (of: readonly ImpactRow[], source: string): number =>
    of.filter(({ metric }) => kindOf(metric) === source).reduce((sum, { n }) => sum + n, 0);
  const sources = [...new Set([...rows, ...previous].map(({ metric }) => kindOf(metric)))].sort();
  return sources.map((source) => ({ source, n: count(rows, source), previousN: count(previous, source) }));
}

/** @param now ms since 1970 */
export async function reportQuality(clickhouse: Rows, scope: Scope, span: Span, previous: Span, now: number): Promise<ReportQuality> {
  const [counts, rows, before, [newest]] = await Promise.all([
    ask(clickhouse, qualityRows(scope, span)),
    ask(clickhouse, impactRows(scope, cover(span.from, span.to))),
    ask(clickhouse, impactRows(scope, cover(previous.from, previous.to))),
    ask(clickhouse, newestMinute(scope, now)),
  ]);
  return {
    sources: sourceCounts(rows, before),
    late: counts.find(({ what }) => what === 'late')?.n ?? 0,
    deadLetters: counts.filter(({ what }) => what === 'letter').map(({ reason, n }) => ({ reason, n })),
    dataThrough: newest === undefined || newest.at === 0 ? null : newest.at * 1000,
  };
}
