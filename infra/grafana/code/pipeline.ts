/** Whether events flow: lag, freshness, throughput, flushes, dead letters, late events, storage, and what the processes say of themselves. */
import { clickhouse, prometheus } from './ask.ts';
import { dashboard } from './frame.ts';
import { highIsBad } from './look.ts';
import { chart } from './panel.ts';
import { glance, lagAndFreshness } from './pipeline-lag.ts';
import { lettersAndLateEvents, storage } from './pipeline-letters.ts';
import { chosen } from './sql.ts';

const here = `${chosen('stage')}\n  AND ${chosen('topic')}`;
const topics = chosen('topic');

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
    glance,
    lagAndFreshness,
    { title: 'Throughput and flushes', panels: [producedByTopic, consumedByStage, rowsStored, flushesOfTheStore] },
    lettersAndLateEvents,
    storage,
    { title: 'Processes, by Prometheus', panels: [flushTimes, requestTimes, lookups, outboxAge] },
  ],
});
