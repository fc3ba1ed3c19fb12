/** What the store wrote lately and how long it took from Kafka to ClickHouse, sampled into `pipeline_freshness`. */
import type { Statement } from './statement.ts';

/** Length of a sample, seconds. */
export const SLOT_SECONDS = 5;
/** A row counts in the slot in which its insert began and is seen when the insert is done, so that the last few slots are measured again. */
const SLOTS_AGAIN = 4;

/** Start of the slot that a moment is in; milliseconds since 1970 in, seconds out. */
export const slotOf = (now: number): number => Math.floor(now / 1000 / SLOT_SECONDS) * SLOT_SECONDS;

/**
 * Events of the last day only: a back-fill says nothing about how fresh the figures are.
 * @param prefix what comes before the topic's own name: the namespace and a dot, or nothing
 * @param now milliseconds since 1970
 */
export function sampleFreshness(prefix: string, now: number): Statement<never> {
  const until = slotOf(now);
  return {
    text: `INSERT INTO pipeline_freshness
SELECT toStartOfInterval(toDateTime(stored_at, 'UTC'), toIntervalSecond(${SLOT_SECONDS})) AS sampled_at,
  if(startsWith(events.topic, {prefix:String}), substring(events.topic, length({prefix:String}) + 1), events.topic) AS topic_name,
  count() AS n, uniqExact(stored_at) AS flushes,
  quantile(0.5)(seconds) AS delay_p50_seconds, quantile(0.99)(seconds) AS delay_p99_seconds, max(seconds) AS delay_max_seconds
FROM (
  SELECT topic, stored_at, greatest(0, toUnixTimestamp64Milli(stored_at) - toUnixTimestamp64Milli(recorded_at)) / 1000 AS seconds
  FROM events
  WHERE stored_at >= toDateTime64({from:UInt32}, 3, 'UTC') AND stored_at < toDateTime64({until:UInt32}, 3, 'UTC')
    AND minute >= toDateTime({from:UInt32}, 'UTC') - INTERVAL 1 DAY
) AS events
GROUP BY sampled_at, topic_name`,
    params: { prefix, from: until - SLOTS_AGAIN * SLOT_SECONDS, until },
  };
}
