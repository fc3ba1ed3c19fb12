/** The figures of a report, from everything that is stored. */

import { MINIMUM_DAYS } from '../domain/forecast/backtest.ts';
import { forecast } from '../domain/forecast.ts';
import { moneyOf, type PlanOf, type ReportMoney, trendOf } from '../domain/report/money.ts';
import { type Outlook, outlookOf } from '../domain/report/outlook.ts';
import { type DayRange, periodBefore, periodWith, type ReportKind } from '../domain/report/period.ts';
import { roiLines, targetsOf, targetsOfDay } from '../domain/report/targets.ts';
import { type Report, reportOf } from '../domain/report.ts';
import { projectionsOf, propertyNote } from '../domain/roi/projection.ts';
import type { RoiReport } from '../domain/roi/report.ts';
import type { Rule } from '../domain/rule.ts';
import type { TargetBook } from '../domain/target-choice.ts';
import type { TargetSettings } from '../domain/target-metrics.ts';
import { plusDays, startOfDay } from '../domain/zone.ts';
import { durableFlags } from './flags.ts';
import { historyOf } from './forecast.ts';
import { liveFlags, reportAlerts, reportExperiments, reportQuality, rolloutsOf, stageChanges } from './report/activity.ts';
import { measuredTargets } from './report/targets.ts';
import { type ReportDeps as RoiDeps, readRoi } from './roi.ts';
import { listRules } from './rules.ts';
import { type Scope, seesEveryTenant } from './scope.ts';
import { readTargets } from './targets.ts';

export type ReportDeps = RoiDeps & { config: RoiDeps['config'] & TargetSettings & { retentionRawDays: number } };

/** The report of this kind about the period that the day is in, as the figures stand at `now` (ms). */
export type ReportQuestion = { kind: ReportKind; day: string; now: number };

type Span = { from: number; to: number };
/** `until`: the end of the period, or this minute while it goes on. */
type Place = ReportQuestion & { scope: Scope; period: DayRange; previous: DayRange; span: Span; before: Span; until: number };

/** A limit that no rule has any more is never passed. */
const NEVER = -1_000_000_000;
const DAY_MS = 86_400_000;
const OUTLOOK_DAYS = 30;

function placeOf({ timeZone: zone }: { timeZone: string }, scope: Scope, question: ReportQuestion): Place {
  const period = periodWith(question.kind, question.day);
  const previous = periodBefore(question.kind, period);
  const spanOf = ({ from, to }: DayRange): Span => ({ from: startOfDay(zone, from), to: startOfDay(zone, to) });
  const span = spanOf(period);
  const minute = Math.floor(question.now / 60_000) * 60_000;
  return { ...question, scope, period, previous, span, before: spanOf(previous), until: Math.min(span.to, minute) };
}

/** Targets are those of the last day of the period. */
const lastDay = ({ period }: Place): string => plusDays(period.to, -1);

/** A tenant has a plan only where one was set for it: the documents plan for all of them together. */
function planFor({ roiPropertyProjection }: ReportDeps['config'], place: Place, targets: TargetBook): PlanOf {
  const { scope } = place;
  const projections: Record<string, ReturnType<PlanOf>> = projectionsOf(roiPropertyProjection);
  return (feature) => {
    const set = targets('annual_value_usd', { day: lastDay(place), featureId: feature })?.set ?? null;
    if (set === null || (scope.tenantId !== null && set.tenantId === ''))
      return scope.tenantId === null ? (projections[feature] ?? null) : null;
    return { conservative: set.target ?? 0, optimistic: set.target ?? 0 };
  };
}

async function readMoney(deps: ReportDeps, place: Place, targets: TargetBook): Promise<ReportMoney> {
  const { scope, kind, period, previous, now } = place;
  const trend = trendOf(kind, period);
  const roi = ({ from, to }: DayRange): Promise<RoiReport> => readRoi(deps, scope, { from, to: plusDays(to, -1) }, now);
  const [ofPeriod, ofPrevious, ofTrend] = await Promise.all([roi(period), roi(previous), roi(trend)]);
  return moneyOf({ period: ofPeriod, previous: ofPrevious, trend: ofTrend }, trend, planFor(deps.config, place, targets));
}

/** A day says nothing about a month, and an old period nothing about the next weeks. */
async function readOutlook(deps: ReportDeps, { kind, scope, span, now }: Place): Promise<Outlook | null> {
  if (kind === 'daily' || now - span.to > 7 * DAY_MS) return null;
  const history = await historyOf(deps, scope, null, now);
  return history.valueUsd.length < MINIMUM_DAYS ? null : outlookOf(forecast(history, OUTLOOK_DAYS));
}

/** Means of the whole platform tell of every tenant: one of them does not get them. */
async function measured({ clickhouse }: ReportDeps, place: Place, rules: readonly Rule[], targets: TargetBook) {
  const { scope, span, until } = place;
  if (!seesEveryTenant(scope) || until <= span.from) return null;
  return targetsOf(targetsOfDay(targets, lastDay(place)), rules, await measuredTargets(clickhouse, { from: span.from, to: until }));
}

async function readActivity({ clickhouse, postgres, config }: ReportDeps, place: Place) {
  const { scope, span, before, until, now } = place;
  const flags = liveFlags(await durableFlags(postgres));
  // Raw events of the last day that is kept are half gone.
  const keptFrom = Math.ceil((now - config.retentionRawDays * DAY_MS) / DAY_MS) * DAY_MS;
  const [experiments, changes, alerts, quality] = await Promise.all([
    reportExperiments(clickhouse, scope, flags, { to: until, zone: config.timeZone, keptFrom }),
    seesEveryTenant(scope) ? stageChanges(postgres, span) : [],
    reportAlerts(clickhouse, scope, span),
    reportQuality(clickhouse, scope, span, before, now),
  ]);
  return { experiments, rollouts: rolloutsOf(flags), stageChanges: changes, alerts, quality };
}

/**
 * The report about the day, week, month or quarter that a day is in.
 * @throws what the databases' adapters throw
 */
export async function readReport(deps: ReportDeps, scope: Scope, question: ReportQuestion): Promise<Report> {
  const { config } = deps;
  const place = placeOf(config, scope, question);
  const rules = (await listRules(deps.postgres)).map(({ rule }) => rule);
  const targets = await readTargets(deps.postgres, scope, config);
  const [money, performance, activity, outlook] = await Promise.all([
    readMoney(deps, place, targets),
    measured(deps, place, rules, targets),
    readActivity(deps, place),
    readOutlook(deps, place),
  ]);
  const roi = roiLines(targetsOfDay(targets, lastDay(place)), rules);
  return reportOf({
    kind: question.kind,
    period: place.period,
    previous: place.previous,
    zone: config.timeZone,
    at: question.now,
    complete: place.span.to <= question.now,
    elapsedDays: Math.max(0, place.until - place.span.from) / DAY_MS,
    tenantId: scope.tenantId,
    roi: {
      targetPercent: roi.target,
      warningPercent: roi.warning ?? NEVER,
      criticalPercent: roi.critical ?? NEVER,
    },
    ...money,
    targets: performance,
    ...activity,
    outlook,
    notes: [...money.notes, propertyNote(config.roiPropertyProjection)],
  });
}
