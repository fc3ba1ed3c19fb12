/** What days cost, by category, feature and tenant, and how each figure is known. Money is in integer millionths of a US dollar. */
import { coveringEstimate, type RecurringCosts, recurringOfDay } from './cost/recurring.ts';
import type { Problem } from './errors.ts';
import { PLATFORM } from './event.ts';
import { isDay, plusDays } from './zone.ts';

/**
 * How an amount is known: `event` came over the costs topic, `manual` is a row that a person wrote into operating_costs_daily,
 * `recurring` is the configured estimate, which stands only where nothing better is known.
 */
export const costProvenances = ['event', 'manual', 'recurring'] as const;
export type CostProvenance = (typeof costProvenances)[number];

/** One sum. `day` is "2026-01-11" in the installation's time zone; `tenantId` is null for what no tenant caused. Credits are negative. */
export type CostLine = {
  day: string;
  category: string;
  featureId: string;
  tenantId: string | null;
  amountUsdMicros: number;
  provenance: CostProvenance;
};

/** The estimates of one day that no actual or manual cost of their category replaces. */
function standingEstimates(day: string, known: readonly CostLine[], recurring: RecurringCosts): CostLine[] {
  const replaced = new Set(known.map(({ category }) => coveringEstimate(category, recurring)));
  return recurringOfDay(day, recurring)
    .filter(({ category }) => !replaced.has(category))
    .map(({ category, amountUsdMicros }) => ({
      day,
      category,
      featureId: PLATFORM,
      tenantId: null,
      amountUsdMicros,
      provenance: 'recurring',
    }));
}

/**
 * Adds what is estimated to what is known: the cost of a category on a day is what events and people say of it, and where they say nothing
 * the recurring estimate. An estimate is replaced whole, by whatever tenant's cost of its category.
 * @param known actual and manual costs of all tenants
 * @param estimatedDays the days that may have estimates
 */
export function withEstimates(known: readonly CostLine[], estimatedDays: readonly string[], recurring: RecurringCosts): CostLine[] {
  const byDay = Map.groupBy(known, ({ day }) => day);
  return [...known, ...estimatedDays.flatMap((day) => standingEstimates(day, byDay.get(day) ?? [], recurring))];
}

const MOST_DAYS = 3_660;

/**
 * What is wrong with a span of days that somebody asks for; null when nothing is.
 * @param to the last day, part of the span
 */
export function spanProblem(from: string, to: string, today: string): Problem | null {
  for (const [field, day] of [['from', from] as const, ['to', to] as const])
    if (!isDay(day) || day < '2000-01-01' || day > today) return { field, value: day, expected: `a day from 2000-01-01 to ${today}` };
  if (from <= to && plusDays(from, MOST_DAYS) > to) return null;
  return { field: 'from', value: from, expected: `a day up to ${to}, at most ${MOST_DAYS} days before it` };
}

/** What lines can be added up by. */
export const costDimensions = ['day', 'month', 'category', 'feature', 'tenant', 'provenance'] as const;
export type CostDimension = (typeof costDimensions)[number];

const dimensionOf: Record<CostDimension, (line: CostLine) => string | null> = {
  day: ({ day }) => day,
  month: ({ day }) => day.slice(0, 7),
  category: ({ category }) => category,
  feature: ({ featureId }) => featureId,
  tenant: ({ tenantId }) => tenantId,
  provenance: ({ provenance }) => provenance,
};

/** Sums of lines that agree in some dimensions; the others are not told. */
export type CostSum = { key: Partial<Record<CostDimension, string | null>>; amountUsdMicros: number };

const textOf = ({ key }: CostSum): string => JSON.stringify(Object.values(key));

/** Sums by dimensions, in the order of their values. No dimension: one sum of everything. */
export function sumCosts(lines: readonly CostLine[], by: readonly CostDimension[]): CostSum[] {
  const sums = new Map<string, CostSum>();
  for (const line of lines) {
    const fresh: CostSum = {
      key: Object.fromEntries(by.map((dimension) => [dimension, dimensionOf[dimension](line)])),
      amountUsdMicros: 0,
    };
    const sum = sums.get(textOf(fresh)) ?? fresh;
    sums.set(textOf(sum), sum);
    sum.amountUsdMicros += line.amountUsdMicros;
  }
  return [...sums.values()].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
