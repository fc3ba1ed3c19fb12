/** Which buckets a statement is about: single ones, or a range. */

/** One bucket of one tenant's feature; `bucket` is its start, seconds since 1970, UTC. */
export type Cell = { tenant: string; feature: string; bucket: number };
/** All buckets of some tenants in a range of whole buckets, seconds since 1970, `to` exclusive. `feature` null: every feature. */
export type BucketRange = { tenants: readonly string[]; feature: string | null; from: number; to: number };
export type Touched = readonly Cell[] | BucketRange;

/**
 * ClickHouse refuses a parameter of more than 128 KiB. A character takes three bytes at most, in UTF-8 or escaped,
 * and quotes and a comma are added to each name.
 */
const MOST_CHARACTERS = 40_000;
const PER_NAME = 3;
/** A bucket takes eleven characters, so that this many fit. */
const MOST_CELLS = 5000;

export const isCells = (touched: Touched): touched is readonly Cell[] => Array.isArray(touched);
const characters = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + name.length + PER_NAME, 0);

function fits(cells: readonly Cell[]): boolean {
  if (cells.length <= 1) return true;
  if (cells.length > MOST_CELLS) return false;
  return (
    characters(new Set(cells.map(({ tenant }) => tenant))) <= MOST_CHARACTERS &&
    characters(new Set(cells.map(({ feature }) => feature))) <= MOST_CHARACTERS
  );
}

function* halved(cells: readonly Cell[]): Generator<readonly Cell[]> {
  if (fits(cells)) return yield cells;
  const middle = cells.length >>> 1;
  yield* halved(cells.slice(0, middle));
  yield* halved(cells.slice(middle));
}

/** Cells in chunks that fit into a statement's parameters, in order of time, so that a chunk prunes well. Nothing for no cells. */
export function* cellChunks(cells: readonly Cell[]): Generator<readonly Cell[]> {
  if (cells.length > 0) yield* halved([...cells].sort((a, b) => a.bucket - b.bucket));
}

/** Tenants in groups that fit into a statement's parameters. */
export function tenantChunks(tenants: readonly string[]): string[][] {
  const chunks: string[][] = [[]];
  let size = 0;
  for (const tenant of tenants) {
    size += tenant.length + PER_NAME;
    if (size > MOST_CHARACTERS) {
      chunks.push([]);
      size = tenant.length + PER_NAME;
    }
    chunks.at(-1)?.push(tenant);
  }
  return chunks;
}

/** The cells as a set of (tenant, feature, bucket). Names come once each, and cells refer to them by number. */
const cellSet = `SELECT {tenants:Array(String)}[cell.1], {features:Array(String)}[cell.2], toDateTime(cell.3, 'UTC')
      FROM (SELECT arrayJoin(arrayZip({tenantOf:Array(UInt32)}, {featureOf:Array(UInt32)}, {buckets:Array(UInt32)})) AS cell)`;

/**
 * So many buckets more may be recomputed than were touched, by the share: looking each row's bucket up in a set of triples costs as much as
 * that, and recomputing a bucket that nothing has touched writes what stands there.
 */
const MOST_BESIDE = 1.5;

/** Whether the cells are (nearly) all combinations of their tenants, features and buckets, as a flush of live traffic touches them. */
function areDense(cells: readonly Cell[]): boolean {
  const distinct = (part: (cell: Cell) => unknown): number => new Set(cells.map(part)).size;
  const combinations = distinct(({ tenant }) => tenant) * distinct(({ feature }) => feature) * distinct(({ bucket }) => bucket);
  return combinations <= MOST_BESIDE * cells.length;
}

/**
 * The condition for the rows of touched buckets; it may let through a few others.
 * @param coarse expression of the bucket that the cells name
 * @param fine column that it is made of; the range on it lets partitions and the primary key prune
 * @param seconds length of the bucket
 */
export function whereTouched(touched: Touched, coarse: string, fine: string, seconds: number): string {
  if (!isCells(touched)) {
    const range = `tenant IN {tenants:Array(String)} AND ${fine} >= toDateTime({from:UInt32}, 'UTC') AND ${fine} < toDateTime({to:UInt32}, 'UTC')`;
    return touched.feature === null ? range : `${range} AND feature = {feature:String}`;
  }
  const bucket = areDense(touched)
    ? `toUnixTimestamp(${coarse}) IN {buckets:Array(UInt32)}`
    : `(tenant, feature, ${coarse}) IN (${cellSet})`;
  return `${bucket}
      AND tenant IN {tenants:Array(String)} AND feature IN {features:Array(String)}
      AND ${fine} >= toDateTime(arrayMin({buckets:Array(UInt32)}), 'UTC')
      AND ${fine} < toDateTime(arrayMax({buckets:Array(UInt32)}) + ${seconds}, 'UTC')`;
}

/** The condition for the touched days' rows of `epochs`. A bucket lies in one day. */
export function whereDaysTouched(touched: Touched): string {
  const [first, last] = isCells(touched)
    ? ['arrayMin({buckets:Array(UInt32)})', 'arrayMax({buckets:Array(UInt32)})']
    : ['{from:UInt32}', '{to:UInt32} - 1'];
  return `tenant IN {tenants:Array(String)} AND day >= toDate(toDateTime(${first}, 'UTC')) AND day <= toDate(toDateTime(${last}, 'UTC'))`;
}

/** Distinct names, and for each cell the place of its name among them, from 1. */
function numbered(names: readonly string[]): { distinct: string[]; places: number[] } {
  const place = new Map<string, number>();
  const places = names.map((name) => {
    const known = place.get(name) ?? place.size + 1;
    place.set(name, known);
    return known;
  });
  return { distinct: [...place.keys()], places };
}

/** The parameters of that condition; `tenants` is there in any case. */
export function touchedParams(touched: Touched): Record<string, unknown> {
  if (!isCells(touched)) {
    const { tenants, feature, from, to } = touched;
    return feature === null ? { tenants, from, to } : { tenants, from, to, feature };
  }
  const tenants = numbered(touched.map(({ tenant }) => tenant));
  const features = numbered(touched.map(({ feature }) => feature));
  const buckets = touched.map(({ bucket }) => bucket);
  return { tenants: tenants.distinct, tenantOf: tenants.places, features: features.distinct, featureOf: features.places, buckets };
}
