/** What a day's measurements are worth, by tenant and feature. */
import { type ValuedFeature, valuedFeatures } from '../event.ts';
import { SECONDS_PER_YEAR, satisfactionValueMicros } from '../roi.ts';
import { keyMetrics } from '../target.ts';
import { noSums, type RoiCell } from './cell.ts';

/** One day, and how much of it has passed: what accrues with time (satisfaction, recurring costs) counts by that share. Times in ms. */
export type RoiDay = { day: string; from: number; to: number; elapsedMs: number };

/** Sums of one metric of one day, tenant and feature; `treated` ones carried the variant that has the feature, `control` ones the one without. */
export type ValueRow = {
  day: string;
  tenantId: string;
  featureId: string;
  metric: string;
  n: number;
  sum: number;
  sumSquares: number;
  valueUsdMicros: number;
  treatedN: number;
  treatedSum: number;
  controlN: number;
  controlSum: number;
};

/** What a person entered for a day. `keyMean` in the key metric's unit; null: it was not said. */
export type ManualValue = {
  day: string;
  tenantId: string;
  featureId: string;
  usage: number;
  keyMean: number | null;
  valueUsdMicros: number;
};

const SATISFACTION = keyMetrics.property_intelligence.metric;

export const isValued = (feature: string): feature is ValuedFeature => (valuedFeatures as readonly string[]).includes(feature);
const isKey = ({ featureId, metric }: Pick<ValueRow, 'featureId' | 'metric'>): boolean =>
  isValued(featureId) && keyMetrics[featureId].metric === metric;

/** Satisfaction is worth what the tenant's mean of the day says, for the time of the day that has passed. */
function worthOf(row: ValueRow, elapsedMs: number): number {
  const satisfaction = row.metric === SATISFACTION ? satisfactionValueMicros(row.n, row.sum, elapsedMs / 1000) : 0;
  return row.valueUsdMicros + satisfaction;
}

function causalUnitsOf(row: ValueRow, elapsedMs: number): number {
  if (!isKey(row) || row.n === 0) return 0;
  return row.metric === SATISFACTION ? (row.treatedN / row.n) * (elapsedMs / 1000 / SECONDS_PER_YEAR) : row.treatedN;
}

function measuredCell(row: ValueRow, elapsedMs: number): RoiCell {
  const { day, tenantId, featureId } = row;
  const key = isKey(row);
  // Of features without a key metric, what was worth something was a use.
  const usage = key || (!isValued(featureId) && row.valueUsdMicros !== 0) ? row.n : 0;
  return {
    ...noSums,
    day,
    tenantId,
    featureId,
    usage,
    keyN: key ? row.n : 0,
    keySum: key ? row.sum : 0,
    valueUsdMicros: worthOf(row, elapsedMs),
    causalUnits: causalUnitsOf(row, elapsedMs),
  };
}

function manualCell({ day, tenantId, featureId, usage, keyMean, valueUsdMicros }: ManualValue): RoiCell {
  const keyed = keyMean === null ? { keyN: 0, keySum: 0 } : { keyN: usage, keySum: usage * keyMean };
  return { ...noSums, day, tenantId, featureId, usage, ...keyed, valueUsdMicros, manualValueUsdMicros: valueUsdMicros };
}

/** What was neither used nor worth anything is no cell: it would bear an even share of costs. */
const counts = ({ usage, valueUsdMicros }: RoiCell): boolean => usage !== 0 || valueUsdMicros !== 0;

/** Values as cells, several of which may be of the same day, tenant and feature (`mergeCells`). Rows of other days are left out. */
export function valueCells(days: readonly RoiDay[], rows: readonly ValueRow[], manual: readonly ManualValue[]): RoiCell[] {
  const elapsed = new Map(days.map(({ day, elapsedMs }) => [day, elapsedMs]));
  const measured = rows.filter(({ day }) => elapsed.has(day)).map((row) => measuredCell(row, elapsed.get(row.day) ?? 0));
  return [...measured, ...manual.filter(({ day }) => elapsed.has(day)).map(manualCell)].filter(counts);
}
