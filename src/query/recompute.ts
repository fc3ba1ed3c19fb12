/**
 * The one family of statements that writes rollups: recompute the touched buckets from the tier below, absolutely.
 * Live data, late data, corrections and replays all use it. Why a stale writer always loses: docs/decisions.
 */
import type { Statement } from './statement.ts';

export type Tier = 'minute' | 'hour' | 'day';
export const tierTable: Record<Tier, string> = { minute: 'rollup_1m', hour: 'rollup_1h', day: 'rollup_1d' };

/** Buckets of one tier to recompute, as parallel arrays. `buckets` are seconds since 1970, UTC. */
export type Cells = { tenants: string[]; features: string[]; buckets: number[] };

/** Where a recompute reads and for which epochs it writes. */
export type RecomputeOptions = {
  /** Raw table, `events` unless a replay reads from elsewhere. */
  events?: string;
  /** Write this epoch only; without it, the active and the building ones of each (tenant, day), as they stand when the statement runs. */
  epoch?: number;
};

const columns = 'tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, quantiles, users, version';

const cellParams = (cells: Cells): Record<string, unknown> => ({
  tenants: cells.tenants,
  features: cells.features,
  buckets: cells.buckets,
});

/** The touched buckets as a set, and their range, which prunes partitions. */
const touched = (column: string): string => `(tenant, feature, ${column}) IN (
    SELECT cell.1, cell.2, toDateTime(cell.3, 'UTC')
    FROM (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {features:Array(String)}, {buckets:Array(UInt32)})) AS cell))
    AND ${column} BETWEEN toDateTime(arrayMin({buckets:Array(UInt32)}), 'UTC') AND toDateTime(arrayMax({buckets:Array(UInt32)}), 'UTC')`;

const readSettings = 'do_not_merge_across_partitions_select_final = 1';

/** The epochs that a row is written for: [0] where the epochs table says nothing. */
const epochsOf = `SELECT tenant, day, if(building > 0, [active, building], [active]) AS list
    FROM epochs FINAL WHERE tenant IN ({tenants:Array(String)})`;

function fannedOut(options: RecomputeOptions, source: string): string {
  if (options.epoch !== undefined) return `SELECT *, toUInt32(${options.epoch}) AS epoch FROM (${source})`;
  return `SELECT made.*, arrayJoin(if(empty(known.list), [toUInt32(0)], known.list)) AS epoch
  FROM (${source}) AS made
  LEFT JOIN (${epochsOf}) AS known ON made.tenant = known.tenant AND toDate(made.bucket) = known.day`;
}

/**
 * Minute rows from raw events, retracted ones included: they count for the version, not for the values.
 * The version of a minute is twice the sum of its events' versions, plus one, whatever their variant, so it only grows, also when a correction moves an event.
 * Each event counts once for it: with its first measurement.
 */
export function recomputeMinutes(cells: Cells, options: RecomputeOptions = {}): Statement<never> {
  const source = `SELECT tenant, feature, metric, variant, minute AS bucket,
      countIf(live) AS n, sumIf(value, live) AS sum, sumIf(value * value, live) AS sum_squares,
      minIf(value, live) AS min, maxIf(value, live) AS max, sumIf(usd, live) AS value_usd,
      quantileDDStateIf(0.01)(value, live) AS quantiles, uniqCombined64StateIf(12)(user_id, live AND user_id != '') AS users,
      sum(sumIf(toUInt256(event_version), nth = 1)) OVER (PARTITION BY tenant, feature, minute) * 2 + 1 AS version
    FROM (
      SELECT tenant, feature, minute, variant, user_id, NOT retracted AS live, version AS event_version,
        metrics AS metric, values AS value, values_usd AS usd, arrayEnumerate(metrics) AS nth
      FROM ${options.events ?? 'events'} FINAL
      WHERE ${touched('minute')}
    )
    ARRAY JOIN metric, value, usd, nth
    GROUP BY tenant, feature, metric, variant, minute`;
  return insertInto('minute', cells, fannedOut(options, source));
}

const bucketOf = { hour: 'toStartOfHour(bucket)', day: "toStartOfDay(bucket, 'UTC')" } as const;
const below = { hour: 'rollup_1m', day: 'rollup_1h' } as const;
const step = { hour: 3600, day: 86_400 } as const;

/**
 * Hour rows from minutes, day rows from hours, for every epoch found below.
 * A row below counts only if it is of its bucket's newest version: an older one is of a group that a correction has emptied since.
 */
export function recomputeTier(tier: 'hour' | 'day', cells: Cells): Statement<never> {
  const bucket = bucketOf[tier];
  const source = `SELECT tenant, feature, metric, variant, coarse AS bucket, epoch,
      sum(low.n) AS n, sum(low.sum) AS sum, sum(low.sum_squares) AS sum_squares, minIf(low.min, low.n > 0) AS min, maxIf(low.max, low.n > 0) AS max,
      sum(low.value_usd) AS value_usd, quantileDDMergeState(0.01)(low.quantiles) AS quantiles, uniqCombined64MergeState(12)(low.users) AS users,
      sum(sumIf(bitShiftRight(low.version, 1), low.nth = 1)) OVER (PARTITION BY tenant, feature, coarse, epoch) * 2 + 1 AS version
    FROM (
      SELECT *, ${bucket} AS coarse, max(version) OVER fine AS newest, row_number() OVER (fine ORDER BY version DESC) AS nth
      FROM ${below[tier]} FINAL
      WHERE ${within(bucket, step[tier])}
      WINDOW fine AS (PARTITION BY tenant, feature, bucket, epoch)
    ) AS low
    WHERE low.version = low.newest
    GROUP BY tenant, feature, metric, variant, coarse, epoch`;
  return insertInto(tier, cells, source);
}

/** The buckets below that make up the touched ones. The range on `bucket` itself lets the primary key and the partitions prune. */
const within = (coarse: string, seconds: number): string => `(tenant, feature, ${coarse}) IN (
        SELECT cell.1, cell.2, toDateTime(cell.3, 'UTC')
        FROM (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {features:Array(String)}, {buckets:Array(UInt32)})) AS cell))
        AND tenant IN {tenants:Array(String)} AND feature IN {features:Array(String)}
        AND bucket >= toDateTime(arrayMin({buckets:Array(UInt32)}), 'UTC') AND bucket < toDateTime(arrayMax({buckets:Array(UInt32)}) + ${seconds}, 'UTC')`;

/**
 * Empties the groups of touched buckets that the recompute no longer found (a correction moved their events): rows with n = 0, one below the
 * newest version. Recomputed rows have odd versions and these even ones, so a group that was only not visible yet beats its emptying.
 * It must run after the recompute, never before: a stale writer's row that comes last then still meets the newer version and is emptied.
 */
export function emptyVanished(tier: Tier, cells: Cells): Statement<never> {
  const table = tierTable[tier];
  return {
    text: `INSERT INTO ${table} (tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, version)
  SELECT tenant, feature, metric, variant, bucket, epoch, 0, 0, 0, 0, 0, 0, newest - 1
  FROM (
    SELECT tenant, feature, metric, variant, bucket, epoch, version, max(version) OVER (PARTITION BY tenant, feature, bucket, epoch) AS newest
    FROM ${table} FINAL
    WHERE ${touched('bucket')}
  )
  WHERE version < newest - 1
  SETTINGS ${readSettings}`,
    params: cellParams(cells),
  };
}

function insertInto(tier: Tier, cells: Cells, source: string): Statement<never> {
  return {
    text: `INSERT INTO ${tierTable[tier]} (${columns})\n  SELECT ${columns}\n  FROM (${source})\n  SETTINGS ${readSettings}`,
    params: cellParams(cells),
  };
}
