/** Who bears which cost: what names a feature is the feature's, what is shared is spread over the features in use by a stated key. */
import type { CostLine } from '../cost.ts';
import { PLATFORM } from '../event.ts';
import { mergeCells, noSums, type RoiCell } from './cell.ts';
import { proportional } from './money.ts';
import type { RoiDay } from './value.ts';

/** By what the features earned, by how often they were used, or each the same. */
export const sharingKeys = ['value', 'usage', 'even'] as const;
export type SharingKey = (typeof sharingKeys)[number];

/** A number that all small counts divide, so that an even share of them is whole. */
const EVEN = 720_720;

/** Cells of one feature share what is the feature's, so that each feature bears the same however many tenants use it. */
function evenWeights(cells: readonly RoiCell[]): number[] {
  const features = Map.groupBy(cells, ({ featureId }) => featureId);
  return cells.map(({ featureId }) => Math.max(1, Math.round(EVEN / (features.get(featureId)?.length ?? 1))));
}

const weightings: Record<SharingKey, (cells: readonly RoiCell[]) => number[]> = {
  // A feature that lost value bears nothing by it: a negative share would be a gain.
  value: (cells) => cells.map(({ valueUsdMicros }) => Math.max(0, valueUsdMicros)),
  usage: (cells) => cells.map(({ usage }) => usage),
  even: evenWeights,
};

/** By the key; where it says nothing of any cell by usage, and where nothing was used evenly. */
function weightsOf(cells: readonly RoiCell[], key: SharingKey): number[] {
  for (const one of [key, 'usage'] as const) {
    const weights = weightings[one](cells);
    if (weights.some((weight) => weight > 0)) return weights;
  }
  return evenWeights(cells);
}

type Pool = { day: string; tenantId: string; amountUsdMicros: number };

/** Days that are not over bear their part of what is estimated for the whole day. */
function accrued(line: CostLine, days: ReadonlyMap<string, RoiDay>): number {
  const day = days.get(line.day);
  if (line.provenance !== 'recurring' || day === undefined || day.elapsedMs >= day.to - day.from) return line.amountUsdMicros;
  return Math.round((line.amountUsdMicros * day.elapsedMs) / (day.to - day.from));
}

const costCell = (day: string, tenantId: string, featureId: string, directCostUsdMicros: number): RoiCell => ({
  ...noSums,
  day,
  tenantId,
  featureId,
  directCostUsdMicros,
});

function poolsOf(lines: readonly CostLine[]): Pool[] {
  const pools = Map.groupBy(lines, ({ day, tenantId }) => JSON.stringify([day, tenantId]));
  return [...pools.values()].flatMap((pooled) => {
    const amountUsdMicros = pooled.reduce((sum, line) => sum + line.amountUsdMicros, 0);
    return pooled.slice(0, 1).map(({ day, tenantId }) => ({ day, tenantId: tenantId ?? '', amountUsdMicros }));
  });
}

/** A tenant's shared costs are for its own features, those of all for everybody's. Without a feature in use they stay where they are. */
function spread(pool: Pool, cells: readonly RoiCell[], key: SharingKey): RoiCell[] {
  const { day, tenantId, amountUsdMicros } = pool;
  const bearers = cells.filter((cell) => cell.featureId !== PLATFORM && (tenantId === '' || cell.tenantId === tenantId));
  if (bearers.length === 0) return [costCell(day, tenantId, PLATFORM, amountUsdMicros)];
  const parts = proportional(amountUsdMicros, weightsOf(bearers, key));
  const name = tenantId === '' ? 'commonCostUsdMicros' : 'sharedCostUsdMicros';
  return bearers.map((bearer, i) => ({ ...costCell(day, bearer.tenantId, bearer.featureId, 0), [name]: parts[i] ?? 0 }));
}

/** The costs as they count so far. */
export function accruedCosts(days: readonly RoiDay[], lines: readonly CostLine[]): CostLine[] {
  const byDay = new Map(days.map((day) => [day.day, day]));
  return lines.filter(({ day }) => byDay.has(day)).map((line) => ({ ...line, amountUsdMicros: accrued(line, byDay) }));
}

/**
 * Values and costs together. The sums over all cells are those of what was given, to the micro.
 * @param values as `valueCells` makes them
 * @param costs as `accruedCosts` makes them
 */
export function withCosts(values: readonly RoiCell[], costs: readonly CostLine[], key: SharingKey): RoiCell[] {
  const merged = mergeCells(values);
  const [shared, own] = [costs.filter(({ featureId }) => featureId === PLATFORM), costs.filter(({ featureId }) => featureId !== PLATFORM)];
  const ofDay = Map.groupBy(merged, ({ day }) => day);
  const direct = own.map(({ day, tenantId, featureId, amountUsdMicros }) => costCell(day, tenantId ?? '', featureId, amountUsdMicros));
  const parts = poolsOf(shared).flatMap((pool) => spread(pool, ofDay.get(pool.day) ?? [], key));
  return mergeCells([...merged, ...direct, ...parts]);
}
