/** What a replay asks of ClickHouse: which tenants' days there are, their epochs, what would change, and the old generation's end. */
import type { Tier } from '../domain/tier.ts';
import { dayOf } from '../domain/totals.ts';
import { minuteAggregates, oldEpoch } from './recompute.ts';
import type { Statement } from './statement.ts';
import { type BucketRange, whereDaysTouched } from './touched.ts';

/** A day is YYYY-MM-DD, UTC. */
export type TenantDay = { tenant: string; day: string };
export type EpochRow = TenantDay & { active: number; building: number; highest: number; version: number };

/** Days from `from` to before `to`. `tenant` null: every tenant. */
export type DayRange = { from: string; to: string; tenant: string | null };

const dayParams = ({ from, to, tenant }: DayRange): Record<string, unknown> => (tenant === null ? { from, to } : { from, to, tenant });
const inDays = (column: string, { tenant }: DayRange): string =>
  `toDate(${column}) >= {from:Date} AND toDate(${column}) < {to:Date}${tenant === null ? '' : ' AND tenant = {tenant:String}'}`;

/** Every tenant's day with raw events or with rollups, in order of days. */
export function tenantDays(range: DayRange): Statement<TenantDay> {
  return {
    text: `SELECT DISTINCT tenant, toString(date) AS day FROM (
    SELECT DISTINCT tenant, toDate(minute) AS date FROM events WHERE ${inDays('minute', range)}
    UNION ALL
    SELECT DISTINCT tenant, toDate(minute) AS date FROM replay_events WHERE ${inDays('minute', range)}
    UNION ALL
    SELECT DISTINCT tenant, toDate(bucket) AS date FROM rollup_1d WHERE ${inDays('bucket', range)}
  ) ORDER BY day, tenant`,
    params: dayParams(range),
  };
}

/** The hours (their begin, seconds since 1970) of a range in which there are raw events at all, and how many rows there are in each. */
export function busyHours({ tenants, feature, from, to }: BucketRange, events: string): Statement<{ hour: number; rows: number }> {
  return {
    text: `SELECT toUnixTimestamp(toStartOfHour(minute)) AS hour, count() AS rows FROM ${events}
  WHERE tenant IN {tenants:Array(String)} AND minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')
    ${feature === null ? '' : 'AND feature = {feature:String}'}
  GROUP BY hour ORDER BY hour`,
    params: feature === null ? { tenants, from, to } : { tenants, from, to, feature },
  };
}

/** What the epochs table says about the days; nothing for days that were never replayed. */
export function epochRows(range: DayRange): Statement<EpochRow> {
  return {
    text: `SELECT tenant, toString(day) AS day, active, building, highest, version FROM epochs FINAL WHERE ${inDays('day', range)}`,
    params: dayParams(range),
  };
}

/** Copies the features that a replay does not rebuild from the active to the building epoch, versions and all. */
export function copyOthers(tier: Tier, range: BucketRange & { feature: string }): Statement<never> {
  const { tenants, feature, from, to } = range;
  return {
    text: `INSERT INTO rollup_${tier} (tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, quantiles, users, version)
  SELECT old.tenant, feature, metric, variant, bucket, building, n, sum, sum_squares, min, max, value_usd, quantiles, users, old.version
  FROM (SELECT * FROM rollup_${tier} FINAL
    WHERE tenant IN {tenants:Array(String)} AND feature != {feature:String}
      AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')) AS old
  INNER JOIN (SELECT tenant, day, active, building FROM epochs FINAL WHERE building > 0 AND ${whereDaysTouched(range)}) AS known
    ON old.tenant = known.tenant AND toDate(old.bucket) = known.day AND old.epoch = known.active
  SETTINGS do_not_merge_across_partitions_select_final = 1`,
    params: { tenants, feature, from, to },
  };
}

/** What one metric of one tenant's feature would be after a replay, where it differs. Values in US dollars are decimal text. */
export type Change = {
  tenant: string;
  feature: string;
  metric: string;
  /** Minutes that differ, or hours or days where finer rollups have expired. */
  buckets: number;
  n_now: number;
  n_then: number;
  sum_now: number;
  sum_then: number;
  value_usd_now: string;
  value_usd_then: string;
};

const coarse = { '1m': 'bucket', '1h': 'toStartOfHour(bucket)', '1d': "toStartOfDay(bucket, 'UTC')" } as const;

/**
 * Compares the visible rollups with what the raw events say, without writing. Float sums that differ by rounding only are equal.
 * @param found where the events are, and the tier that is compared: the finest that keeps the range
 */
export function wouldChange(range: BucketRange, found: { events?: string; tier?: keyof typeof coarse } = {}): Statement<Change> {
  const { tenants, feature, from, to } = range;
  const { events = 'events', tier = '1m' } = found;
  const side = (source: string, now: 0 | 1): string =>
    `SELECT tenant, feature, metric, variant, ${coarse[tier]} AS coarse, ${now} AS now, n, sum, value_usd FROM (${source})`;
  const active = `SELECT tenant, feature, metric, variant, bucket, n, sum, value_usd FROM rollup_${tier}_active
      WHERE tenant IN {tenants:Array(String)} AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
      ${feature === null ? '' : 'AND feature = {feature:String}'}`;
  return {
    text: `SELECT tenant, feature, metric,
    countIf(n_a != n_b OR v_a != v_b OR abs(s_a - s_b) > 1e-9 * greatest(abs(s_a), abs(s_b))) AS buckets,
    sum(n_a) AS n_now, sum(n_b) AS n_then, sum(s_a) AS sum_now, sum(s_b) AS sum_then, sum(v_a) AS value_usd_now, sum(v_b) AS value_usd_then
  FROM (
    SELECT tenant, feature, metric, variant, coarse, sumIf(n, now = 1) AS n_a, sumIf(n, now = 0) AS n_b,
      sumIf(sum, now = 1) AS s_a, sumIf(sum, now = 0) AS s_b, sumIf(value_usd, now = 1) AS v_a, sumIf(value_usd, now = 0) AS v_b
    FROM (${side(active, 1)} UNION ALL ${side(minuteAggregates(range, events), 0)})
    GROUP BY tenant, feature, metric, variant, coarse
  )
  GROUP BY tenant, feature, metric
  HAVING buckets > 0
  ORDER BY tenant, feature, metric
  SETTINGS do_not_merge_across_partitions_select_final = 1`,
    params: feature === null ? { tenants, from, to } : { tenants, from, to, feature },
  };
}

/** Rows that belong to no generation of their day any more: of the epochs that it ever had, all but the active one and the one being built, if any. */
function ofOldEpochs(range: DayRange): string {
  return `${inDays('bucket', range)} AND (tenant, toDate(bucket), epoch) IN (
      SELECT tenant, day, ${oldEpoch}
      FROM epochs FINAL WHERE day >= {from:Date} AND day < {to:Date})`;
}

const DAY_MS = 86_400_000;
const mondayOf = (day: string): string => {
  const at = Date.parse(day);
  return dayOf(at - ((new Date(at).getUTCDay() + 6) % 7) * DAY_MS);
};

/** The partition of a tier's table that a day lies in, as `PARTITION BY` in schemas/clickhouse says. */
const partitionOf: Record<Tier, (day: string) => string> = {
  '1m': (day) => `'${mondayOf(day)}'`,
  '1h': (day) => day.slice(0, 7).replace('-', ''),
  '1d': (day) => day.slice(0, 4),
};

function partitionsOf(tier: Tier, { from, to }: DayRange): string[] {
  const days = Array.from({ length: (Date.parse(to) - Date.parse(from)) / DAY_MS }, (_, nth) => dayOf(Date.parse(from) + nth * DAY_MS));
  return [...new Set(days.map(partitionOf[tier]))];
}

/**
 * Deletes the rows of one tier that belong to no generation any more, one partition a statement. ClickHouse does it in its own time, after the
 * merges of what was just written. The rows are only marked, and leave with the next merge: to write a whole part anew would cost more than the
 * replay of one of its days.
 */
export function dropOldEpochs(tier: Tier, range: DayRange): Statement<never>[] {
  return partitionsOf(tier, range).map((partition) => ({
    text: `DELETE FROM rollup_${tier} IN PARTITION ${partition} WHERE ${ofOldEpochs(range)} SETTINGS lightweight_deletes_sync = 0`,
    params: dayParams(range),
  }));
}
