/** The business impact of a period: value, cost, ROI. The four paths are those of the product's first documentation. */
import { type Static, Type } from 'typebox';
import type { ValuedFeature } from '../domain/event.ts';
import { impactOf, type Period } from '../domain/impact.ts';
import { noSums, type RoiSums } from '../domain/roi/cell.ts';
import { notesOf } from '../domain/roi/json.ts';
import { type Projections, platformRange, projectionsOf, type Range } from '../domain/roi/projection.ts';
import { CALCULATION_VERSION, type DayRoi, type FeatureRoi, type RoiFigures, type RoiReport, roiReport } from '../domain/roi/report.ts';
import { isValued } from '../domain/roi/value.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { cover } from '../domain/tier.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { impactRows, newestMinute } from '../query/impact.ts';
import { readRoi } from '../query/roi.ts';
import type { Scope } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import { readTargets } from '../query/targets.ts';
import type { ApiDeps } from './deps.ts';
import { Costs, Percent, Projected, provenance } from './roi-answer.ts';
import { instant, nullable, Usd } from './schemas.ts';
import { requireKept } from './when.ts';

const Target = Type.Object({ conservative: Usd, optimistic: Usd }, { description: 'What the product’s documents project for a year' });
const money = { valueUsd: Usd, costUsd: Usd, netUsd: Usd, roiPercent: Percent };
const KeyMetric = Type.Object({
  metric: Type.String(),
  mean: nullable(Type.Number()),
  baseline: Type.Number(),
  target: Type.Number(),
  met: nullable(Type.Boolean()),
});
const Feature = Type.Object({
  feature: Type.String(),
  n: Type.Integer({ description: 'Events of the key metric: how much the feature was used' }),
  ...money,
  ...provenance,
  annualisedValueUsd: Usd,
  annualTargetUsd: nullable(Target),
  keyMetric: nullable(KeyMetric),
});
const Total = Type.Object({
  n: Type.Integer({ description: 'Events of the four valued features' }),
  ...money,
  ...provenance,
  manualCostUsd: Usd,
  recurringCostUsd: Usd,
  annualisedValueUsd: Usd,
  annualTargetUsd: Target,
  conservative: Projected,
  optimistic: Projected,
  targetRoiPercent: Type.Number(),
  targetMet: nullable(Type.Boolean()),
});
const Dates = Type.Object({
  from: instant(),
  to: instant(),
  timeZone: Type.String(),
  complete: Type.Boolean({ description: 'False while the period is still going on' }),
});

export const ImpactAnswer = Type.Object({
  period: Dates,
  asOf: instant('When these figures were seen, to the minute; late events may still change them'),
  dataThrough: nullable(instant('The newest minute that holds an event; null after a day of silence')),
  calculation: Type.Object({
    version: Type.Integer({ description: 'Of the formulas' }),
    revisions: Type.Integer({ description: 'How often days of the period changed after they were complete' }),
    manualDays: Type.Array(Type.String(), { description: 'Days whose totals were entered by hand' }),
  }),
  total: Total,
  features: Type.Array(Feature),
  costs: Costs,
  notes: Type.Array(Type.String()),
});
export type ImpactFigures = Static<typeof ImpactAnswer>;
type Answer = ImpactFigures;
export const DayFigures = Type.Object({ date: Type.String(), n: Type.Integer(), ...money });

/** Whole days: `from` and `to` are the first and the last one; or an hour of a day to another. `period` is what the answer is of. */
export type Question = { scope: Scope; days: { from: string; to: string } | null; period: Period; zone: string; now: number };

const iso = (ms: number): string => new Date(ms).toISOString();
const usd = (dollars: number): string => usdOfMicros(dollars * 1e6);
const targetText = ({ conservative, optimistic }: Range) => ({ conservative: usd(conservative), optimistic: usd(optimistic) });

const moneyText = (figures: RoiFigures) => ({
  n: figures.usage,
  valueUsd: usdOfMicros(figures.valueUsdMicros),
  costUsd: usdOfMicros(figures.costUsdMicros),
  netUsd: usdOfMicros(figures.netUsdMicros),
  roiPercent: figures.roiPercent,
});

const provenanceText = (figures: RoiFigures & Pick<FeatureRoi, 'causal'>) => ({
  manualValueUsd: usdOfMicros(figures.manualValueUsdMicros),
  directCostUsd: usdOfMicros(figures.directCostUsdMicros),
  sharedCostUsd: usdOfMicros(figures.sharedCostUsdMicros + figures.commonCostUsdMicros),
  observedUsd: usdOfMicros(figures.valueUsdMicros),
  causalUsd: figures.causal === null ? null : usdOfMicros(figures.causal.valueUsdMicros),
  lowerBoundUsd: figures.causal === null ? null : usdOfMicros(figures.causal.lowUsdMicros),
  upperBoundUsd: figures.causal === null ? null : usdOfMicros(figures.causal.highUsdMicros),
});

function featureText(one: FeatureRoi, projections: Projections): Answer['features'][number] {
  return {
    feature: one.feature,
    ...moneyText(one),
    ...provenanceText(one),
    annualisedValueUsd: usdOfMicros(one.annualisedValueUsdMicros),
    annualTargetUsd: isValued(one.feature) ? targetText(projections[one.feature as ValuedFeature]) : null,
    keyMetric: one.keyMetric,
  };
}

const projectedText = ({ valueUsdMicros, roiPercent }: { valueUsdMicros: number; roiPercent: number | null }) => ({
  valueUsd: usdOfMicros(valueUsdMicros),
  roiPercent,
});

function totalText({ total, manualCostUsdMicros, recurringCostUsdMicros }: RoiReport, projections: Projections): Answer['total'] {
  return {
    ...moneyText(total),
    ...provenanceText(total),
    manualCostUsd: usdOfMicros(manualCostUsdMicros),
    recurringCostUsd: usdOfMicros(recurringCostUsdMicros),
    annualisedValueUsd: usdOfMicros(total.annualisedValueUsdMicros),
    annualTargetUsd: targetText(platformRange(projections)),
    conservative: projectedText(total.conservative),
    optimistic: projectedText(total.optimistic),
    targetRoiPercent: total.targetRoiPercent,
    targetMet: total.targetMet,
  };
}

/** Hours have no manual entries and no estimates, for those are of whole days: what the events of the time say, and nothing else. */
async function ofEvents(deps: ApiDeps, { scope, period, zone, now }: Question): Promise<RoiReport> {
  const ranges = cover(period.from, period.to);
  requireKept(ranges, deps.config, now, 'date');
  const [rows, targets] = await Promise.all([
    ask(deps.clickhouse, impactRows(scope, ranges)),
    readTargets(deps.postgres, scope, deps.config),
  ]);
  const { features } = impactOf(rows, period);
  const sums = features.map(({ feature, n, valueUsdMicros, costUsdMicros, keyMetric }) => {
    const keyed = { keyN: keyMetric === null ? 0 : n, keySum: (keyMetric?.mean ?? 0) * n };
    return [feature, { ...noSums, usage: n, ...keyed, valueUsdMicros, directCostUsdMicros: costUsdMicros } satisfies RoiSums] as const;
  });
  return roiReport({
    from: '',
    to: '',
    elapsedDays: (period.to - period.from) / 86_400_000,
    features: new Map(sums),
    days: [],
    categories: [],
    effects: [],
    projections: projectionsOf(deps.config.roiPropertyProjection),
    targetRoiPercent: targets('roi_percent', { day: dayAt(zone, now) }).target,
  });
}

const MINUTE_MS = 60_000;

/** What is so far goes up to the end of the minute, as its period does, so that an answer holds for a minute. */
const until = ({ period, now }: Question): number => (period.to > now && period.to - now <= MINUTE_MS ? period.to : now);

const reportOf = (deps: ApiDeps, question: Question): Promise<RoiReport> =>
  question.days === null
    ? ofEvents(deps, question)
    : readRoi(deps, question.scope, { ...question.days, zone: question.zone }, until(question));

async function dataThrough(deps: ApiDeps, { scope, now }: Question): Promise<string | null> {
  const [row] = await ask(deps.clickhouse, newestMinute(scope, now));
  return row === undefined || row.at === 0 ? null : iso(row.at * 1000);
}

/** The figures of a period, and each of its days. Throws ImpactError `bad_request` when its rollups are no longer kept. */
export async function impactAnswer(deps: ApiDeps, question: Question): Promise<Answer & { days: DayRoi[] }> {
  const { period, zone, now } = question;
  const [report, through] = await Promise.all([reportOf(deps, question), dataThrough(deps, question)]);
  const projections = projectionsOf(deps.config.roiPropertyProjection);
  const complete = period.to <= now;
  return {
    period: { from: iso(period.from), to: iso(period.to), timeZone: zone, complete },
    asOf: iso(Math.floor(now / MINUTE_MS) * MINUTE_MS),
    dataThrough: through,
    calculation: {
      version: CALCULATION_VERSION,
      revisions: report.days.reduce((sum, { revision }) => sum + revision, 0),
      manualDays: report.days.filter((one) => one.provenance === 'manual').map(({ day }) => day),
    },
    total: totalText(report, projections),
    features: report.features.map((one) => featureText(one, projections)),
    costs: report.categories.map(({ amountUsdMicros, ...rest }) => ({ ...rest, amountUsd: usdOfMicros(amountUsdMicros) })),
    notes: notesOf({ ...report, complete }, { ...deps.config, timeZone: zone }),
    days: report.days,
  };
}

/** From the begin of a day over so many days, in the zone. */
export function daysFrom(zone: string, day: string, days: number): Period {
  return { from: startOfDay(zone, day), to: startOfDay(zone, plusDays(day, days)) };
}

export const dayFigures = (days: readonly DayRoi[]): Static<typeof DayFigures>[] =>
  days.map(({ day, ...figures }) => ({ date: day, ...moneyText(figures) }));
