/** The minutes that rows were written to: what there is to recompute. */
import { entry } from '../../src/domain/entry.ts';
import { type Cell, cellChunks } from '../../src/query/touched.ts';
import { minuteOf } from './row.ts';

/** Minutes are seconds since 1970, by tenant and feature; `weeks` are those in which they lie, numbered since 1970. */
export type Touched = { readonly minutes: Map<string, Map<string, Set<number>>>; readonly weeks: Set<number> };

const WEEK_SECONDS = 7 * 86_400;

/** An insert may not span 100 partitions of a table, and partitions are weeks. */
const MOST_WEEKS = 90;

/** Whether no more should be touched at once. */
export const touchesMost = ({ weeks }: Touched): boolean => weeks.size >= MOST_WEEKS;
/** Whether both can be recomputed at once. */
export const fitTogether = (one: Touched, other: Touched): boolean => new Set([...one.weeks, ...other.weeks]).size <= MOST_WEEKS;

export const nothingTouched = (): Touched => ({ minutes: new Map(), weeks: new Set() });

const noFeatures = (): Map<string, Set<number>> => new Map();
const noMinutes = (): Set<number> => new Set();
const minutesOf = ({ minutes }: Touched, tenant: string, feature: string): Set<number> =>
  entry(entry(minutes, tenant, noFeatures), feature, noMinutes);

/** Notes that a row of this tenant and feature was written, at `occurredAt`, milliseconds since 1970. */
export function touch(touched: Touched, tenant: string, feature: string, occurredAt: number): void {
  const minute = minuteOf(occurredAt);
  const minutes = minutesOf(touched, tenant, feature);
  if (minutes.has(minute)) return;
  minutes.add(minute);
  touched.weeks.add(Math.floor(minute / WEEK_SECONDS));
}

/** Notes in `touched` what was touched besides. */
export function touchAll(touched: Touched, { minutes, weeks }: Touched): void {
  for (const week of weeks) touched.weeks.add(week);
  for (const [tenant, features] of minutes) {
    for (const [feature, more] of features) {
      const known = minutesOf(touched, tenant, feature);
      for (const minute of more) known.add(minute);
    }
  }
}

/** The touched buckets of a coarser or the same length, seconds, in chunks that fit into a statement. */
export function cellsOf({ minutes }: Touched, bucketSeconds: number): Generator<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const [tenant, features] of minutes) {
    for (const [feature, touched] of features) {
      const buckets = new Set([...touched].map((minute) => minute - (minute % bucketSeconds)));
      for (const bucket of buckets) cells.push({ tenant, feature, bucket });
    }
  }
  return cellChunks(cells);
}
