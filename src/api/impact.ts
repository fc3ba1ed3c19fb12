/** The business impact of a period: value, cost, ROI. The four paths are those of the product's first documentation. */
import { type Static, Type } from 'typebox';
import { type Impact, impactOf, type KeyFigure, type Period } from '../domain/impact.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { annualTargetUsd } from '../domain/target.ts';
import { cover } from '../domain/tier.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { impactRows, newestMinute } from '../query/impact.ts';
import type { Scope } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import type { ApiDeps } from './deps.ts';
import { instant, nullable, Usd } from './schemas.ts';
import { requireKept } from './when.ts';

const Target = Type.Object({ conservative: Usd, optimistic: Usd }, { description: 'What the product’s documents project for a year' });
const money = {
  valueUsd: Usd,
  costUsd: Usd,
  netUsd: Usd,
  roiPercent: nullable(Type.Number({ description: '(value - cost) / cost x 100; null without cost' })),
};
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
  annualisedValueUsd: Usd,
  annualTargetUsd: nullable(Target),
  keyMetric: nullable(KeyMetric),
});
const Total = Type.Object({
  n: Type.Integer({ description: 'Events of the four valued features' }),
  ...money,
  annualisedValueUsd: Usd,
  annualTargetUsd: Target,
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
  total: Total,
  features: Type.Array(Feature),
});
export type ImpactFigures = Static<typeof ImpactAnswer>;
type Answer = ImpactFigures;
export const DayFigures = Type.Object({ date: Type.String(), n: Type.Integer(), ...money });

type Question = { scope: Scope; period: Period; zone: string; now: number };

const iso = (ms: number): string => new Date(ms).toISOString();
const usd = (dollars: number): string => usdOfMicros(dollars * 1e6);
const targetText = ({ conservative, optimistic }: { conservative: number; optimistic: number }) => ({
  conservative: usd(conservative),
  optimistic: usd(optimistic),
});

const platformTarget = Object.values(annualTargetUsd).reduce((sum, one) => ({
  conservative: sum.conservative + one.conservative,
  optimistic: sum.optimistic + one.optimistic,
}));

type Micros = Pick<Impact['total'], 'valueUsdMicros' | 'costUsdMicros' | 'netUsdMicros' | 'roiPercent'>;
const moneyText = (figures: Micros) => ({
  valueUsd: usdOfMicros(figures.valueUsdMicros),
  costUsd: usdOfMicros(figures.costUsdMicros),
  netUsd: usdOfMicros(figures.netUsdMicros),
  roiPercent: figures.roiPercent,
});

const keyText = ({ metric, mean, baseline, target, met }: KeyFigure) => ({ metric, mean, baseline, target, met });

function featureText(one: Impact['features'][number]): Answer['features'][number] {
  return {
    feature: one.feature,
    n: one.n,
    ...moneyText(one),
    annualisedValueUsd: usdOfMicros(one.annualisedValueUsdMicros),
    annualTargetUsd: one.annualTargetUsd === null ? null : targetText(one.annualTargetUsd),
    keyMetric: one.keyMetric === null ? null : keyText(one.keyMetric),
  };
}

function totalText(total: Impact['total'], targetRoiPercent: number): Answer['total'] {
  return {
    n: total.n,
    ...moneyText(total),
    annualisedValueUsd: usdOfMicros(total.annualisedValueUsdMicros),
    annualTargetUsd: targetText(platformTarget),
    targetRoiPercent,
    targetMet: total.roiPercent === null ? null : total.roiPercent >= targetRoiPercent,
  };
}

async function figuresOf(deps: ApiDeps, { scope, period, now }: Question): Promise<Impact> {
  const ranges = cover(period.from, period.to);
  requireKept(ranges, deps.config, now, 'date');
  return impactOf(await ask(deps.clickhouse, impactRows(scope, ranges)), period);
}

async function dataThrough(deps: ApiDeps, { scope, now }: Question): Promise<string | null> {
  const [row] = await ask(deps.clickhouse, newestMinute(scope, now));
  return row === undefined || row.at === 0 ? null : iso(row.at * 1000);
}

/** The figures of a period. Throws ImpactError `bad_request` when its rollups are no longer kept. */
export async function impactAnswer(deps: ApiDeps, question: Question): Promise<Answer> {
  const { period, zone, now } = question;
  const [impact, through] = await Promise.all([figuresOf(deps, question), dataThrough(deps, question)]);
  return {
    period: { from: iso(period.from), to: iso(period.to), timeZone: zone, complete: period.to <= now },
    asOf: iso(Math.floor(now / 60_000) * 60_000),
    dataThrough: through,
    total: totalText(impact.total, deps.config.targetRoiPercent),
    features: impact.features.map(featureText),
  };
}

/** From the begin of a day over so many days, in the zone. */
export function daysFrom(zone: string, day: string, days: number): Period {
  return { from: startOfDay(zone, day), to: startOfDay(zone, plusDays(day, days)) };
}

/** The figures of each day of a week that has begun. */
export async function dayFigures(
  deps: ApiDeps,
  scope: Scope,
  zone: string,
  monday: string,
  now: number,
): Promise<Static<typeof DayFigures>[]> {
  const days = Array.from({ length: 7 }, (_, i) => plusDays(monday, i)).filter((day) => day <= dayAt(zone, now));
  const figures = days.map((day) => figuresOf(deps, { scope, period: daysFrom(zone, day, 1), zone, now }));
  return (await Promise.all(figures)).map(({ total }, i) => ({ date: days[i] ?? '', n: total.n, ...moneyText(total) }));
}
