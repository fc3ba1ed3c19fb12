/** The figures of a report, from everything that is stored. */

import { type Report, reportOf } from '../domain/report.ts';
import type { ReportFigures } from '../domain/report-figures.ts';
import { moneyOf, trendOf } from '../domain/report-money.ts';
import { type DayRange, periodBefore, periodWith, type ReportKind } from '../domain/report-period.ts';
import { levelsOf, type TargetValues, targetsOf } from '../domain/report-targets.ts';
import { type PropertyRange, projectionsOf, propertyNote } from '../domain/roi-projection.ts';
import type { RoiReport } from '../domain/roi-report.ts';
import { startOfDay } from '../domain/zone.ts';
import { type Database, durableFlags } from './flags.ts';
import { liveFlags, reportAlerts, reportExperiments, reportQuality, rolloutsOf, stageChanges } from './report-activity.ts';
import { measuredTargets } from './report-targets.ts';
import { listRules } from './rules.ts';
import { type Scope, seesEveryTenant } from './scope.ts';
import type { Rows } from './statement.ts';

export type ReportDeps = {
  clickhouse: Rows;
  postgres: Database;
  config: { timeZone: string; targetRoiPercent: number; retentionRawDays: number; roiPropertyProjection: PropertyRange };
  targets: TargetValues;
  /** The ROI of whole days. */
  roi(scope: Scope, days: DayRange, now: number): Promise<RoiReport>;
};

export type ReportQuestion = { kind: ReportKind; day: string; now: number };

/** A limit that no rule has any more cannot be broken. */
const NEVER = Number.NEGATIVE_INFINITY;
const DAY_MS = 86_400_000;

const spanOf = (zone: string, { from, to }: DayRange): { from: number; to: number } => ({
  from: startOfDay(zone, from),
  to: startOfDay(zone, to),
});

/**
 * The report about the day, week, month or quarter that a day is in, as the figures stand now.
 * @throws what the databases' adapters throw
 */
export async function reportAbout(deps: ReportDeps, scope: Scope, { kind, day, now }: ReportQuestion): Promise<Report> {
  const { clickhouse, postgres, config, targets } = deps;
  const zone = config.timeZone;
  const period = periodWith(kind, day);
  const previous = periodBefore(kind, period);
  const trend = trendOf(kind, period);
  const [span, before] = [spanOf(zone, period), spanOf(zone, previous)];
  const until = { from: span.from, to: Math.min(span.to, Math.floor(now / 60_000) * 60_000) };
  const keptFrom = Math.ceil((now - config.retentionRawDays * DAY_MS) / DAY_MS) * DAY_MS;
  const platform = seesEveryTenant(scope);
  const roi = (days: DayRange): Promise<RoiReport> => deps.roi(scope, days, now);
  const flags = liveFlags(await durableFlags(postgres));
  const [ofPeriod, ofPrevious, ofTrend, rules, actuals, experiments, changes, alerts, quality] = await Promise.all([
    roi(period),
    roi(previous),
    roi(trend),
    listRules(postgres).then((stored) => stored.map(({ rule }) => rule)),
    platform && until.to > until.from ? measuredTargets(clickhouse, until) : null,
    reportExperiments(clickhouse, scope, flags, { to: until.to, zone, keptFrom }),
    platform ? stageChanges(postgres, span) : [],
    reportAlerts(clickhouse, scope, span),
    reportQuality(clickhouse, scope, span, before, now),
  ]);
  const levels = levelsOf(rules, 'roi');
  const figures: ReportFigures = {
    kind,
    period,
    previous,
    zone,
    at: now,
    complete: span.to <= now,
    tenantId: scope.tenantId,
    roi: { targetPercent: config.targetRoiPercent, warningPercent: levels.warning ?? NEVER, criticalPercent: levels.critical ?? NEVER },
    ...moneyOf({ period: ofPeriod, previous: ofPrevious, trend: ofTrend }, trend, projectionsOf(config.roiPropertyProjection)),
    targets: actuals && targetsOf(targets, rules, actuals),
    experiments,
    rollouts: rolloutsOf(flags),
    stageChanges: changes,
    alerts,
    quality,
    notes: [propertyNote(config.roiPropertyProjection)],
  };
  return reportOf(figures);
}
