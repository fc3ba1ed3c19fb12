/**
 * The one family of statements that writes rollups: recompute the touched buckets from the tier below, absolutely.
 * Live data, late data, corrections and replays all use it. Why a stale writer always loses: docs/decisions.
 */
import { type Tier, tierMs, type UpperTier } from '../domain/tier.ts';
import type { Statement } from './statement.ts';
import { isCells, type Touched, touchedParams, whereDaysTouched, whereTouched } from './touched.ts';

export type RecomputeOptions = {
  /** Raw table; `events` unless a replay reads from elsewhere. */
  events?: string;
  /** `all`: the active and the building epoch of each (tenant, day), as they stand when the statement runs. `building`: what a replay builds. */
  epochs?: 'all' | 'building';
};

const columns = 'tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, quantiles, users, version';

/** FINAL within a partition is enough, since a bucket lies in one; and one statement makes one block, so that a bucket's rows appear together. */
const settings = 'do_not_merge_across_partitions_select_final = 1, max_insert_threads = 1, min_insert_block_size_bytes = 0';

const lists = { all: 'if(building > 0, [active, building], [active])', building: 'if(building > 0, [building], [])' };

/** A row for each epoch that it must be written for. Where the epochs table says nothing, epoch 0 is active and none is building. */
function fannedOut(touched: Touched, source: string, epochs: 'all' | 'building'): string {
  const none = epochs === 'all' ? '[toUInt32(0)]' : 'emptyArrayUInt32()';
  return `SELECT made.*, arrayJoin(if(known.tenant = '', ${none}, known.list)) AS epoch
  FROM (${source}) AS made
  LEFT JOIN (
    SELECT tenant, day, ${lists[epochs]} AS list FROM epochs FINAL WHERE ${whereDaysTouched(touched)}
  ) AS known ON made.tenant = known.tenant AND toDate(made.bucket) = known.day`;
}

/**
 * Single buckets are a part of what is read for them: so that is looked at before versions are merged, which ClickHouse does not do by itself under
 * FINAL. It may be, since the condition is about the key alone, which all versions of an event share. A range takes nearly all that is read.
 */
const whenRead = (touched: Touched): string => (isCells(touched) ? 'PREWHERE' : 'WHERE');

/** The minutes' aggregates as they follow from the raw events, whatever the rollups say. */
export function minuteAggregates(touched: Touched, events = 'events'): string {
  return `SELECT tenant, feature, metric, variant, minute AS bucket,
      countIf(live) AS n, sumIf(value, live) AS sum, sumIf(value * value, live) AS sum_squares,
      minIf(value, live) AS min, maxIf(value, live) AS max, sumIf(usd, live) AS value_usd,
      quantileDDStateIf(0.01)(value, live) AS quantiles, uniqCombined64StateIf(12)(user_id, live AND user_id != '') AS users,
      sum(sumIf(toUInt256(event_version), nth = 1)) OVER (PARTITION BY tenant, feature, minute) * 2 + 1 AS version
    FROM (
      SELECT tenant, feature, minute, variant, user_id, NOT retracted AS live, version AS event_version,
        metrics AS metric, values AS value, values_usd AS usd, arrayEnumerate(metrics) AS nth
      FROM ${events} FINAL
      ${whenRead(touched)} ${whereTouched(touched, 'minute', 'minute', 60)}
    )
    ARRAY JOIN metric, value, usd, nth
    GROUP BY tenant, feature, metric, variant, minute`;
}

/**
 * Minute rows from raw events, retracted ones included: they count for the version, not for the values.
 * The version of a minute is twice the sum of its events' versions, plus one, whatever their variant, so it only grows, also when a correction
 * moves an event. Each event counts once for it: with its first measurement.
 */
export function recomputeMinutes(touched: Touched, options: RecomputeOptions = {}): Statement<never> {
  return insertInto('1m', touched, fannedOut(touched, minuteAggregates(touched, options.events), options.epochs ?? 'all'), options.epochs);
}

/** Of the epochs that a day ever had, all but the active one and the one being built, if any: one row of `epochs` becomes a row for each. */
export const oldEpoch = 'arrayJoin(arrayFilter(old -> old != active AND (building = 0 OR old != building), range(toUInt32(highest + 1))))';

/** Whether a rollup row may be looked at. Old epochs' rows wait for their deletion: nothing is made of them, or some would outlast it. */
const whereEpoch = (touched: Touched, epochs: 'all' | 'building'): string =>
  epochs === 'building'
    ? `(tenant, toDate(bucket), epoch) IN (SELECT tenant, day, building FROM epochs FINAL WHERE building > 0 AND ${whereDaysTouched(touched)})`
    : `(tenant, toDate(bucket), epoch) NOT IN (SELECT tenant, day, ${oldEpoch} FROM epochs FINAL WHERE ${whereDaysTouched(touched)})`;

/** The bucket of a tier in which one of the tier below lies. */
export const bucketOf = { '1h': 'toStartOfHour(bucket)', '1d': "toStartOfDay(bucket, 'UTC')" } as const;
const below = { '1h': 'rollup_1m', '1d': 'rollup_1h' } as const;
const secondsOf = (tier: Tier): number => tierMs[tier] / 1000;

/**
 * Hour rows from minutes, day rows from hours, for every epoch found below that still counts.
 * A row below counts only if it is of its bucket's newest version: an older one is of a group that a correction has emptied since.
 * That is asked of the keys alone: a window over whole rows would carry every sketch through its sort. Should the two looks at the table ever
 * differ, rows are missing here, and so are their versions, so that what comes of it loses.
 */
export function recomputeTier(tier: UpperTier, touched: Touched, options: Pick<RecomputeOptions, 'epochs'> = {}): Statement<never> {
  const coarse = bucketOf[tier];
  const rows = `FROM ${below[tier]} FINAL
      WHERE ${whereTouched(touched, coarse, 'bucket', secondsOf(tier))}
      AND ${whereEpoch(touched, options.epochs ?? 'all')}`;
  const source = `SELECT tenant, feature, metric, variant, coarse AS bucket, epoch, n, sum, sum_squares, min, max, value_usd, quantiles, users,
      arraySum(cell -> cell.2, groupUniqArrayArray(cells) OVER (PARTITION BY tenant, feature, coarse, epoch)) * 2 + 1 AS version
    FROM (
      SELECT tenant, feature, metric, variant, ${coarse} AS coarse, epoch,
        sum(low.n) AS n, sum(low.sum) AS sum, sum(low.sum_squares) AS sum_squares, minIf(low.min, low.n > 0) AS min, maxIf(low.max, low.n > 0) AS max,
        sum(low.value_usd) AS value_usd, quantileDDMergeState(0.01)(low.quantiles) AS quantiles, uniqCombined64MergeState(12)(low.users) AS users,
        groupArray((bucket, bitShiftRight(version, 1))) AS cells
      FROM (SELECT * ${rows}) AS low
      WHERE (tenant, feature, bucket, epoch, version) IN (SELECT tenant, feature, bucket, epoch, max(version) ${rows} GROUP BY tenant, feature, bucket, epoch)
      GROUP BY tenant, feature, metric, variant, coarse, epoch
    )`;
  return insertInto(tier, touched, source, options.epochs);
}

/**
 * Empties the groups of touched buckets that the recompute no longer found (a correction moved their events): rows with n = 0, one below the
 * newest version. Recomputed rows have odd versions and these even ones, so a group that was only not visible yet beats its emptying.
 * It must run after the recompute, never before: a stale writer's row that comes last then still meets the newer version and is emptied.
 */
export function emptyVanished(tier: Tier, touched: Touched): Statement<never> {
  const table = `rollup_${tier}`;
  return {
    text: `INSERT INTO ${table} (tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, version)
  SELECT tenant, feature, metric, variant, bucket, epoch, 0, 0, 0, 0, 0, 0, newest - 1
  FROM (
    SELECT tenant, feature, metric, variant, bucket, epoch, version, max(version) OVER (PARTITION BY tenant, feature, bucket, epoch) AS newest
    FROM ${table} FINAL
    WHERE ${whereTouched(touched, 'bucket', 'bucket', secondsOf(tier))}
      AND ${whereEpoch(touched, 'all')}
  )
  WHERE version < newest - 1
  SETTINGS ${settings}`,
    params: touchedParams(touched),
  };
}

/** Writes the rows of `source`, which has the tables' columns by name. What a replay builds has one thread: several of its statements run at once. */
export function insertInto(tier: Tier, touched: Touched, source: string, epochs: RecomputeOptions['epochs'] = 'all'): Statement<never> {
  const threads = epochs === 'building' ? ', max_threads = 1' : '';
  return {
    text: `INSERT INTO rollup_${tier} (${columns})\n  SELECT ${columns}\n  FROM (${source})\n  SETTINGS ${settings}${threads}`,
    params: touchedParams(touched),
  };
}
