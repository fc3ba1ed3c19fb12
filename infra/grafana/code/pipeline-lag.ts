/** How far the stages are behind, and how fresh what they store is. */
import { clickhouse } from './ask.ts';
import type { Section } from './frame.ts';
import { highIsBad } from './look.ts';
import { chart, level, seconds, stat, table } from './panel.ts';
import { chosen } from './sql.ts';

const here = `${chosen('stage')}\n  AND ${chosen('topic')}`;
const topics = chosen('topic');

const lagNow = stat({
  title: 'Lag now',
  description: 'Records that are in Kafka and not yet committed by a stage, summed over all partitions, at the newest sample.',
  ask: clickhouse(`SELECT sum(lag) AS "Lag"
FROM pipeline_lag_final
WHERE sampled_at = (SELECT max(sampled_at) FROM pipeline_lag WHERE sampled_at > now() - INTERVAL 10 MINUTE)
  AND ${here}
HAVING count() > 0`),
  width: 4,
  unit: 'short',
  levels: highIsBad(10000, 100000),
  decimals: 0,
});

const delayP = stat({
  title: 'Delay, p99',
  description: "From the record's timestamp in Kafka to its row in ClickHouse, newest sample with rows, the slowest topic.",
  ask: clickhouse(`SELECT max(delay_p99_seconds) AS "Delay"
FROM pipeline_freshness_final
WHERE sampled_at = (SELECT max(sampled_at) FROM pipeline_freshness WHERE sampled_at > now() - INTERVAL 1 HOUR)
  AND ${topics}
HAVING count() > 0`),
  width: 4,
  unit: 's',
  levels: highIsBad(2, 10),
  decimals: 2,
});

const newestRow = stat({
  title: 'Newest row',
  description: 'Age of the newest row that the store wrote. It grows when nothing is sent, too: compare it with the lag.',
  ask: clickhouse(`SELECT dateDiff('second', max(sampled_at), now()) AS "Age"
FROM pipeline_freshness_final
WHERE sampled_at > now() - INTERVAL 1 DAY
  AND ${topics}
HAVING count() > 0`),
  width: 4,
  unit: 's',
  levels: highIsBad(60, 300),
});

const deadLetters = stat({
  title: 'Dead letters',
  description: 'Records in the time range that could not be used. Their original bytes are in the dead-letter topic: `impact dlq list`.',
  ask: clickhouse(`SELECT count() AS "Dead letters"
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}`),
  width: 4,
  unit: 'short',
  levels: highIsBad(1, 1000),
  decimals: 0,
});

const lateEvents = stat({
  title: 'Late events',
  description: 'Events that came too late for a window or for the raw retention.',
  ask: clickhouse(`SELECT count() AS "Late"
FROM late_events_final
WHERE $__timeFilter(reported_at)
  AND ${topics}`),
  width: 4,
  unit: 'short',
  levels: highIsBad(1, 10000),
  decimals: 0,
});

const newestSample = stat({
  title: 'Newest sample',
  description: 'Age of the newest lag sample. Above 30 s the record stage does not run, and every panel here is out of date.',
  ask: clickhouse(`SELECT dateDiff('second', max(sampled_at), now()) AS "Age"
FROM pipeline_lag
WHERE sampled_at > now() - INTERVAL 7 DAY
HAVING count() > 0`),
  width: 4,
  unit: 's',
  levels: highIsBad(30, 120),
});

const lagByStage = chart({
  title: 'Lag by stage',
  description: 'Records not yet committed, the greatest of each step, for each stage.',
  ask: clickhouse(`SELECT time, stage, max(total) AS " "
FROM (
  SELECT $__timeInterval(sampled_at) AS time, sampled_at, stage, sum(lag) AS total
  FROM pipeline_lag_final
  WHERE $__timeFilter(sampled_at)
  AND ${here}
  GROUP BY sampled_at, stage
)
GROUP BY time, stage
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  interval: '5s',
  decimals: 0,
});

const delayFromKafkaToClickhouse = chart({
  title: 'Delay from Kafka to ClickHouse',
  description: "Time from the record's timestamp in Kafka to its row in ClickHouse, over live events. The goal is a p99 of at most 2 s.",
  ask: clickhouse(`SELECT $__timeInterval(sampled_at) AS time, sum(delay_p50_seconds * n) / sum(n) AS "p50, mean of samples", max(delay_p99_seconds) AS "p99, worst sample", max(delay_max_seconds) AS "max"
FROM pipeline_freshness_final
WHERE $__timeFilter(sampled_at)
  AND ${topics}
GROUP BY time
ORDER BY time`),
  width: 12,
  unit: 's',
  min: 0,
  levels: highIsBad(2, 10),
  lines: true,
  interval: '5s',
});

const partitionsFurthestBehind = table({
  title: 'Partitions furthest behind',
  description:
    'The 50 partitions with the greatest lag at the newest sample. One partition far above the others means a hot key or a stopped member. `Behind` is event time, where the stage reports it.',
  ask: clickhouse(`SELECT stage AS "Stage", topic AS "Topic", partition AS "Partition", committed_offset AS "Committed", end_offset AS "End", lag AS "Lag", event_lag_seconds AS "Behind"
FROM pipeline_lag_final
WHERE sampled_at = (SELECT max(sampled_at) FROM pipeline_lag WHERE sampled_at > now() - INTERVAL 10 MINUTE)
  AND ${here}
ORDER BY lag DESC, stage, topic, partition
LIMIT 50`),
  width: 12,
  columns: {
    Lag: level([
      ['green', null],
      ['orange', 1000],
      ['red', 10000],
    ]),
    Behind: seconds,
  },
});

const eventtimeLagByStage = chart({
  title: 'Event-time lag by stage',
  description: 'How far the watermark of a stage is behind the clock, the slowest partition. Empty for stages that do not report one.',
  ask: clickhouse(`SELECT $__timeInterval(sampled_at) AS time, stage, max(event_lag_seconds) AS " "
FROM pipeline_lag_final
WHERE $__timeFilter(sampled_at) AND event_lag_seconds IS NOT NULL
  AND ${here}
GROUP BY time, stage
ORDER BY time`),
  width: 12,
  unit: 's',
  min: 0,
  interval: '5s',
  calcs: ['lastNotNull', 'max'],
});

export const glance: Section = { title: 'At a glance', panels: [lagNow, delayP, newestRow, deadLetters, lateEvents, newestSample] };
export const lagAndFreshness: Section = {
  title: 'Lag and freshness',
  panels: [lagByStage, delayFromKafkaToClickhouse, partitionsFurthestBehind, eventtimeLagByStage],
};
