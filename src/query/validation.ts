/** Questions about the stored data's own consistency, to ClickHouse. Of the whole installation, not of any tenant. */
import type { TimeRange } from '../domain/archive.ts';
import type { DayCount } from '../domain/validate/days.ts';
import type { ActiveHour, ConflictCount, DeadLetterCount, TierDifference } from '../domain/validate/events.ts';
import type { EpochFault } from '../domain/validate/machine.ts';
import { secondsOf, viewOf } from './rollup.ts';
import type { Statement } from './statement.ts';

const paramsOf = ({ from, to }: TimeRange): Record<string, number> => ({ from: secondsOf(from), to: secondsOf(to) });
const within = (column: string): string => `${column} >= toDateTime({from:UInt32}, 'UTC') AND ${column} < toDateTime({to:UInt32}, 'UTC')`;

/** Events of each UTC day, retracted ones not. */
export function eventCounts(range: TimeRange): Statement<DayCount> {
  return {
    text: `SELECT toString(toDate(minute)) AS day, toFloat64(count()) AS events FROM events_active WHERE ${within('minute')} GROUP BY day ORDER BY day`,
    params: paramsOf(range),
  };
}

const side = (tier: string, source: string): string =>
  `SELECT '${tier}' AS tier, toDate(bucket) AS day, tenant, feature, metric, sum(rollup.n) AS n, sum(rollup.sum) AS total, sum(rollup.value_usd) AS usd
  FROM ${source} AS rollup WHERE ${within('bucket')} GROUP BY ALL`;

const rawSide = `SELECT 'raw' AS tier, toDate(minute) AS day, tenant, feature, metric, count() AS n, sum(value) AS total, sum(usd) AS usd
  FROM events_active ARRAY JOIN metrics AS metric, values AS value, values_usd AS usd WHERE ${within('minute')} GROUP BY ALL`;

const tiers = [
  ['1m', viewOf['1m']],
  ['1h', viewOf['1h']],
  ['1d', viewOf['1d']],
] as const;

/** Sums of floats depend on the order in which they are made. */
const differs = `raw.n != tier.n OR raw.usd != tier.usd OR abs(raw.total - tier.total) > 1e-12 * greatest(1, abs(raw.total)) * greatest(1, raw.n)`;

/** The series of whole UTC days whose sums differ between raw events and any tier. @param range whole days that every tier still keeps */
export function tierDifferences(range: TimeRange): Statement<TierDifference> {
  return {
    text: `WITH raw AS (${rawSide}), tier AS (
  ${tiers.map(([tier, view]) => side(tier, view)).join('\n  UNION ALL\n  ')}
), wanted AS (SELECT raw.* REPLACE (name AS tier) FROM raw ARRAY JOIN ['1m', '1h', '1d'] AS name)
SELECT if(raw.tier = '', tier.tier, raw.tier) AS tier, toString(if(raw.tier = '', tier.day, raw.day)) AS day, if(raw.tier = '', tier.tenant, raw.tenant) AS tenant,
  if(raw.tier = '', tier.feature, raw.feature) AS feature, if(raw.tier = '', tier.metric, raw.metric) AS metric,
  toFloat64(raw.n) AS n_raw, toFloat64(tier.n) AS n_tier, toString(raw.usd) AS usd_raw, toString(tier.usd) AS usd_tier
FROM wanted AS raw FULL JOIN tier ON raw.tier = tier.tier AND raw.day = tier.day AND raw.tenant = tier.tenant AND raw.feature = tier.feature AND raw.metric = tier.metric
WHERE ${differs}
ORDER BY day, tenant, feature, metric, tier
LIMIT 1000`,
    params: paramsOf(range),
  };
}

/** How many sums of days there are to compare. */
export function seriesCount(range: TimeRange): Statement<{ series: number }> {
  return {
    text: `SELECT toFloat64(3 * uniqExact(bucket, tenant, feature, metric)) AS series FROM rollup_1d_active WHERE ${within('bucket')}`,
    params: paramsOf(range),
  };
}

/** Ids with two payloads, by feature and by the topic from which the one that counts came. */
export function conflictCounts(range: TimeRange): Statement<ConflictCount> {
  return {
    text: `SELECT feature, splitByChar('/', kept_from)[1] AS source, toFloat64(uniqExact(tenant, minute, event_id, revision)) AS conflicts
FROM event_conflicts WHERE ${within('minute')} GROUP BY feature, source ORDER BY conflicts DESC, feature`,
    params: paramsOf(range),
  };
}

/** `lost`: too late for the raw retention, so not stored. */
export function lateCounts(range: TimeRange): Statement<{ late: number; lost: number }> {
  return {
    text: `SELECT toFloat64(countIf(stage != 'store')) AS late, toFloat64(countIf(stage = 'store')) AS lost FROM late_events_final WHERE ${within('reported_at')}`,
    params: paramsOf(range),
  };
}

export function deadLetterCounts(range: TimeRange): Statement<DeadLetterCount> {
  return {
    text: `SELECT reason, toFloat64(count()) AS letters FROM dead_letters_final WHERE ${within('dead_lettered_at')} GROUP BY reason ORDER BY letters DESC`,
    params: paramsOf(range),
  };
}

/** The hours in which each feature had anything but costs, which are booked and do not happen. */
export function activeHours(range: TimeRange): Statement<ActiveHour> {
  return {
    text: `SELECT DISTINCT feature, toUnixTimestamp(bucket) AS hour FROM rollup_1h_active WHERE ${within('bucket')} AND metric NOT IN ('cost_usd', 'exposure') ORDER BY feature, hour`,
    params: paramsOf(range),
  };
}

/** Generations that are being built, and rows of days of ones that readers do not see. */
export function epochFaults(range: TimeRange): Statement<EpochFault> {
  return {
    text: `SELECT tenant, toString(day) AS day, fault FROM (
  SELECT tenant, day, 'is being built' AS fault FROM epochs FINAL WHERE building > 0
  UNION ALL
  SELECT DISTINCT rollup.tenant AS tenant, toDate(rollup.bucket) AS day, 'has rows of another generation' AS fault
  FROM rollup_1d AS rollup FINAL LEFT JOIN (SELECT * FROM epochs FINAL) AS seen ON seen.tenant = rollup.tenant AND seen.day = toDate(rollup.bucket)
  WHERE ${within('rollup.bucket')} AND rollup.n > 0 AND rollup.epoch != seen.active AND rollup.epoch != seen.building
)
ORDER BY day, tenant, fault LIMIT 1000`,
    params: paramsOf(range),
  };
}

/** Alerts that were opened in the range. */
export function openedAlerts(range: TimeRange): Statement<{ alertId: string; rule: string; openedAt: number }> {
  return {
    text: `SELECT alert_id AS alertId, any(rule) AS rule, toUnixTimestamp(min(recorded_at)) * 1000 AS openedAt FROM alerts_final
WHERE ${within('recorded_at')} AND transition = 'opened' GROUP BY alert_id ORDER BY openedAt`,
    params: paramsOf(range),
  };
}
