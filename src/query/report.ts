/** The figures of a report, from everything that is stored. */
import { type Report, reportOf } from '../domain/report.ts';
import { moneyOf, type ReportMoney, trendOf } from '../domain/report-money.ts';
import { type DayRange, periodBefore, periodWith, type ReportKind } from '../domain/report-period.ts';
import { levelsOf, targetsOf } from '../domain/report-targets.ts';
import { projectionsOf, propertyNote } from '../domain/roi-projection.ts';
import type { RoiReport } from '../domain/roi-report.ts';
import type { Rule } from '../domain/rule.ts';
import { plusDays, startOfDay } from '../domain/zone.ts';
import { durableFlags } from './flags.ts';
import { liveFlags, reportAlerts, reportExperiments, reportQuality, rolloutsOf, stageChanges } from './report-activity.ts';
import { measuredTargets, type TargetConfig, targetValues } from './report-targets.ts';
import { type ReportDeps as RoiDeps, readRoi } from './roi.ts';
import { listRules } from './rules.ts';
import { type Scope, seesEveryTenant } from './scope.ts';

export type ReportDeps = RoiDeps & { config: RoiDeps['config'] & TargetConfig & { retentionRawDays: number } };

/** The report of this kind about the period that the day is in, as the figures stand at `now` (ms). */
export type ReportQuestion = { kind: ReportKind; day: string; now: number };

type Span = { from: number; to: number };
/** `until`: the end of the period, or this minute while it goes on. */
type Place = ReportQuestion & { scope: Scope; period: DayRange; previous: DayRange; span: Span; before: Span; until: number };

/** A limit that no rule has any more is never passed. */
const NEVER = -1_000_000_000;
const DAY_MS = 86_400_000;

function placeOf({ timeZone: zone }: { timeZone: string }, scope: Scope, question: ReportQuestion): Place {
  const period = periodWith(question.kind, question.day);
  const previous = periodBefore(question.kind, period);
  const spanOf = ({ from, to }: DayRange): Span => ({ from: startOfDay(zone, from), to: startOfDay(zone, to) });
  const span = spanOf(period);
  const minute = Math.floor(question.now / 60_000) * 60_000;
  return { ...question, scope, period, previous, span, before: spanOf(previous), until: Math.min(span.to, minute) };
}

async function readMoney(deps: ReportDeps, { scope, kind, period, previous, now }: Place): Promise<ReportMoney> {
  const trend = trendOf(kind, period);
  const roi = ({ from, to }: DayRange): Promise<RoiReport> => readRoi(deps, scope, { from, to: plusDays(to, -1) }, now);
  const [ofPeriod, ofPrevious, ofTrend] = await Promise.all([roi(period), roi(previous), roi(trend)]);
  return moneyOf({ period: ofPeriod, previous: ofPrevious, trend: ofTrend }, trend, projectionsOf(deps.config.roiPropertyProjection));
}

/** Means of the whole platform tell of every tenant: one of them does not get them. */
async function readTargets({ clickhouse, config }: ReportDeps, { scope, span, until }: Place, rules: readonly Rule[]) {
  if (!seesEveryTenant(scope) || until <= span.from) return null;
  return targetsOf(targetValues(config), rules, await measuredTargets(clickhouse, { from: span.from, to: until }));
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
  const [money, targets, activity] = await Promise.all([
    readMoney(deps, place),
    readTargets(deps, place, rules),
    readActivity(deps, place),
  ]);
  const { warning, critical } = levelsOf(rules, 'roi');
  return reportOf({
    kind: question.kind,
    period: place.period,
    previous: place.previous,
    zone: config.timeZone,
    at: question.now,
    complete: place.span.to <= question.now,
    elapsedDays: Math.max(0, place.until - place.span.from) / DAY_MS,
    tenantId: scope.tenantId,
    roi: { targetPercent: config.targetRoiPercent, warningPercent: warning ?? NEVER, criticalPercent: critical ?? NEVER },
    ...money,
    targets,
    ...activity,
    notes: [...money.notes, propertyNote(config.roiPropertyProjection)],
  });
}
