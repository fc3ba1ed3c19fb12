/** Whether events flow: lag, freshness, throughput, flushes, dead letters, late events, storage, and what the processes say of themselves. */
import { clickhouse, prometheus } from './ask.ts';
import { dashboard } from './frame.ts';
import { highIsBad } from './look.ts';
import { bytes, chart, count, level, moment, number, seconds, stat, table } from './panel.ts';
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

const producedByTopic = chart({
  title: 'Produced by topic',
  description: 'Records a second that arrive in each topic.',
  ask: clickhouse(`SELECT time, topic, sum(rate) AS " "
FROM (
  SELECT $__timeInterval(sampled_at) AS time, topic, partition, (max(end_offset) - min(end_offset)) / dateDiff('second', min(sampled_at), max(sampled_at)) AS rate
  FROM pipeline_lag_final
  WHERE $__timeFilter(sampled_at)
  AND ${here}
  GROUP BY time, topic, partition
  HAVING max(sampled_at) > min(sampled_at)
)
GROUP BY time, topic
ORDER BY time`),
  width: 12,
  unit: 'cps',
  min: 0,
  stacked: true,
  interval: '30s',
});

const consumedByStage = chart({
  title: 'Consumed by stage',
  description:
    'Records a second that each stage commits. Below the produced rate for long: the stage falls behind, add members or partitions.',
  ask: clickhouse(`SELECT time, stage, sum(rate) AS " "
FROM (
  SELECT $__timeInterval(sampled_at) AS time, stage, topic, partition, (max(committed_offset) - min(committed_offset)) / dateDiff('second', min(sampled_at), max(sampled_at)) AS rate
  FROM pipeline_lag_final
  WHERE $__timeFilter(sampled_at) AND committed_offset >= 0
  AND ${here}
  GROUP BY time, stage, topic, partition
  HAVING max(sampled_at) > min(sampled_at)
)
GROUP BY time, stage
ORDER BY time`),
  width: 12,
  unit: 'cps',
  min: 0,
  interval: '30s',
});

const rowsStored = chart({
  title: 'Rows stored',
  description: 'Live rows a second that the store wrote, by topic. Back-fills and replays of older events are not counted here.',
  ask: clickhouse(`SELECT time, topic, max(total) AS " "
FROM (
  SELECT $__timeInterval(sampled_at) AS time, topic, sum(n) / (5 * uniqExact(sampled_at)) AS total
  FROM pipeline_freshness_final
  WHERE $__timeFilter(sampled_at)
    AND ${topics}
  GROUP BY time, topic
)
GROUP BY time, topic
ORDER BY time`),
  width: 12,
  unit: 'cps',
  min: 0,
  stacked: true,
  interval: '30s',
});

const flushesOfTheStore = chart({
  title: 'Flushes of the store',
  description:
    'Flushes a second over all store members, and rows in a flush. Many small flushes: raise STORE_FLUSH_MS; long ones: lower STORE_FLUSH_ROWS.',
  ask: clickhouse(`SELECT time, sum(flushed) / (5 * uniqExact(sampled_at)) AS "flushes a second", sum(rows_stored) / nullIf(sum(flushed), 0) AS "rows in a flush"
FROM (
  SELECT $__timeInterval(sampled_at) AS time, sampled_at, max(flushes) AS flushed, sum(n) AS rows_stored
  FROM pipeline_freshness_final
  WHERE $__timeFilter(sampled_at)
    AND ${topics}
  GROUP BY sampled_at
)
GROUP BY time
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  interval: '30s',
  right: 'rows in a flush',
});

const deadLettersByReason = chart({
  title: 'Dead letters by reason',
  description: 'Records that could not be used, by reason, when they were set aside.',
  ask: clickhouse(`SELECT $__timeInterval(dead_lettered_at) AS time, reason, count() AS " "
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
GROUP BY time, reason
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  bars: true,
  stacked: true,
  interval: '1m',
  points: 200,
  calcs: ['sum'],
  decimals: 0,
});

const lateEventsByStage = chart({
  title: 'Late events by stage',
  description: 'Events that came too late, by the stage that said so.',
  ask: clickhouse(`SELECT $__timeInterval(reported_at) AS time, stage, count() AS " "
FROM late_events_final
WHERE $__timeFilter(reported_at)
  AND ${topics}
GROUP BY time, stage
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  bars: true,
  stacked: true,
  interval: '1m',
  points: 200,
  calcs: ['sum'],
  decimals: 0,
});

const deadLettersByReasonAndTopic = table({
  title: 'Dead letters by reason and topic',
  description:
    'What to mend first. `impact dlq list --reason ...` shows them, `impact dlq replay --reason ...` sends them again once the cause is gone.',
  ask: clickhouse(`SELECT reason AS "Reason", topic AS "Topic", step AS "Step", count() AS "Records", max(dead_lettered_at) AS "Newest", anyLast(message) AS "Message", anyLast(field) AS "Field"
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
GROUP BY reason, topic, step
ORDER BY "Records" DESC
LIMIT 100`),
  width: 12,
  columns: { Newest: moment },
});

const howLate = table({
  title: 'How late',
  description: 'How late the late events were, by stage and topic.',
  ask: clickhouse(`SELECT stage AS "Stage", topic AS "Topic", count() AS "Events", quantile(0.5)(late_by_seconds) AS "p50", max(late_by_seconds) AS "Worst"
FROM late_events_final
WHERE $__timeFilter(reported_at)
  AND ${topics}
GROUP BY stage, topic
ORDER BY "Events" DESC
LIMIT 100`),
  width: 12,
  columns: { p50: seconds, Worst: seconds },
});

const newestDeadLetters = table({
  title: 'Newest dead letters',
  description: 'The newest 100, with where the original stands and where its copy is in the dead-letter topic.',
  ask: clickhouse(`SELECT dead_lettered_at AS "At", reason AS "Reason", message AS "Message", field AS "Field", topic AS "Topic", partition AS "Partition", offset AS "Offset", key AS "Key", size_bytes AS "Size", attempt AS "Attempt",
  letter_partition AS "Copy: partition", letter_offset AS "Copy: offset"
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
ORDER BY dead_lettered_at DESC
LIMIT 100`),
  width: 24,
  columns: { At: moment, Size: bytes },
});

const tables = table({
  title: 'Tables',
  description: 'Rows and bytes on disk of each table of this server. Rows of replaced versions count until a merge removes them.',
  ask: clickhouse(`SELECT table AS "Table", sum(rows) AS "Rows", sum(bytes_on_disk) AS "On disk", sum(data_uncompressed_bytes) / nullIf(sum(data_compressed_bytes), 0) AS "Compression", count() AS "Parts", uniqExact(partition_id) AS "Partitions"
FROM system.parts
WHERE active AND database IN (currentDatabase(), concat(currentDatabase(), '_shard'))
GROUP BY table
ORDER BY "On disk" DESC`),
  width: 24,
  columns: {
    Rows: count,
    'On disk': bytes,
    Compression: number(1),
    Parts: level([
      ['green', null],
      ['orange', 300],
      ['red', 1000],
    ]),
  },
});

/** What only the processes themselves know; empty where Prometheus does not scrape them. */
const flushTimes = chart({
  title: 'Duration of a flush',
  description: 'How long the store’s flushes take: the median and the slowest of a hundred. Long ones delay everything behind them.',
  ask: prometheus('histogram_quantile(0.99, sum by (le) (rate(impact_store_flush_seconds_bucket[$__rate_interval])))', 'p99'),
  width: 12,
  unit: 's',
  min: 0,
  interval: '30s',
});
const requestTimes = chart({
  title: 'Duration of API requests',
  description: 'The slowest of a hundred requests to the API, by route.',
  ask: prometheus('histogram_quantile(0.99, sum by (le, route) (rate(impact_api_request_seconds_bucket[$__rate_interval])))', '{{route}}'),
  width: 12,
  unit: 's',
  min: 0,
  interval: '30s',
});
const lookups = chart({
  title: 'Flag lookups',
  description: 'Questions to the flags a second, and those answered from a copy that could not be confirmed.',
  ask: prometheus('sum by (job) (rate(impact_flag_lookups_total[$__rate_interval]))', '{{job}}'),
  width: 12,
  unit: 'ops',
  min: 0,
  interval: '30s',
});
const outboxAge = chart({
  title: 'Age of the oldest message',
  description: 'How long the oldest message of the outbox has waited to be delivered. It grows while a receiver does not answer.',
  ask: prometheus('max(impact_notify_outbox_age_seconds)', 'oldest'),
  width: 12,
  unit: 's',
  min: 0,
  levels: highIsBad(60, 600),
  lines: true,
  interval: '30s',
});

export const pipeline = dashboard({
  uid: 'impact-pipeline-health',
  title: 'Pipeline health',
  description: 'Whether events flow: lag, freshness, throughput, flushes, dead letters, late events, storage, processes.',
  from: 'now-1h',
  refresh: '10s',
  variables: ['stage', 'topic'],
  sections: [
    { title: 'At a glance', panels: [lagNow, delayP, newestRow, deadLetters, lateEvents, newestSample] },
    { title: 'Lag and freshness', panels: [lagByStage, delayFromKafkaToClickhouse, partitionsFurthestBehind, eventtimeLagByStage] },
    { title: 'Throughput and flushes', panels: [producedByTopic, consumedByStage, rowsStored, flushesOfTheStore] },
    {
      title: 'Dead letters and late events',
      panels: [deadLettersByReason, lateEventsByStage, deadLettersByReasonAndTopic, howLate, newestDeadLetters],
    },
    { title: 'Storage', panels: [tables] },
    { title: 'Processes, by Prometheus', panels: [flushTimes, requestTimes, lookups, outboxAge] },
  ],
});
