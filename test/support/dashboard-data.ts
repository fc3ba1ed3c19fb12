/** Rows for every table that a dashboard reads: ten days by the minute, rolled up to hours and days, made inside ClickHouse. */
import type { ClickHouse } from '../../src/adapters/clickhouse.ts';

/** (feature, metric, value of an observation, worth of one in US dollars); values are dyadic, so that sums do not depend on their order. */
const series = [
  ['realtime_intelligence', 'response_time_seconds', 20, 12.25],
  ['property_intelligence', 'match_satisfaction_score', 92.5, 0],
  ['churn_prevention', 'churned', 0.25, 300],
  ['ai_coaching', 'session_duration_minutes', 18.5, 26.5],
  ['platform', 'cost_usd', 5, -5],
  ['realtime_intelligence', 'request_error', 0.25, 0],
  ['property_intelligence', 'request_error', 0.25, 0],
  ['churn_prevention', 'request_error', 0.25, 0],
  ['ai_coaching', 'request_error', 0.25, 0],
  ['realtime_intelligence', 'cost_usd', 1, -1],
  ['property_intelligence', 'cost_usd', 1, -1],
  ['churn_prevention', 'cost_usd', 1, -1],
  ['ai_coaching', 'cost_usd', 1, -1],
  ['realtime_intelligence', 'websocket_latency_ms', 40, 0],
  ['churn_prevention', 'ml_inference_latency_ms', 30, 0],
  ['property_intelligence', 'vision_analysis_latency_ms', 1200, 0],
  ['ai_coaching', 'coaching_analysis_latency_ms', 1500, 0],
] as const;

const aggregates = `quantileDDState(0.01)(value) AS quantiles, uniqCombined64State(12)(user) AS users, toUInt128(1) AS version`;

const observations = (stepSeconds: number, steps: number): string => `
  SELECT tenant, item.1 AS feature, item.2 AS metric, ['', '', 'control', 'treatment'][number % 4 + 1] AS variant,
    toStartOfInterval(now('UTC'), toIntervalSecond(${stepSeconds})) - toIntervalSecond(${stepSeconds} * number) AS bucket,
    item.3 + (number % 8) / 4 AS value, toDecimal128(item.4, 6) AS worth, concat('user', toString(number % 50)) AS user
  FROM numbers(${steps})
  ARRAY JOIN ['acme', 'globex'] AS tenant
  ARRAY JOIN [${series.map(([feature, metric, value, worth]) => `('${feature}', '${metric}', toFloat64(${value}), toFloat64(${worth}))`).join(', ')}] AS item`;

const insertSeries = (table: string, stepSeconds: number, steps: number): string => `
  INSERT INTO ${table}
  SELECT tenant, feature, metric, variant, bucket, 0 AS epoch, count() AS n, sum(value) AS sum, sum(value * value) AS sum_squares, min(value), max(value),
    sum(worth) AS value_usd, ${aggregates}
  FROM (${observations(stepSeconds, steps)})
  GROUP BY tenant, feature, metric, variant, bucket`;

const rollUp = (from: string, to: string, start: string): string => `
  INSERT INTO ${to}
  SELECT tenant, feature, metric, variant, ${start}(bucket) AS up, 0, sum(n), sum(sum), sum(sum_squares), min(min), max(max), sum(value_usd),
    quantileDDMergeState(0.01)(quantiles), uniqCombined64MergeState(12)(users), sum(version)
  FROM ${from}
  GROUP BY tenant, feature, metric, variant, up`;

const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '');

function alerts(now: number): object[] {
  const transitions = [
    { ordinal: 1, severity: 'warning', previous_severity: '', state: 'firing', transition: 'opened', agoMs: 3_600_000 },
    { ordinal: 2, severity: 'critical', previous_severity: 'warning', state: 'firing', transition: 'escalated', agoMs: 3_000_000 },
    { ordinal: 3, severity: 'critical', previous_severity: 'critical', state: 'resolved', transition: 'resolved', agoMs: 1_200_000 },
  ];
  const one = (alert: string, tenant: string, feature: string, count: number) =>
    transitions.slice(0, count).map(({ agoMs, ...rest }, index) => ({
      ...rest,
      transition_id: `${alert}-${index + 1}`,
      alert_id: alert,
      fingerprint: `error-rate|${tenant}|${feature}`,
      rule: 'error-rate',
      rule_version: 1,
      title: 'Error rate',
      reason: '',
      scope: 'tenant',
      tenant,
      feature,
      metric: 'request_error',
      statistic: 'percent',
      value: 6.5,
      previous_value: index === 0 ? null : 2.5,
      comparison: 'above',
      threshold: 5,
      window_start: time(now - agoMs - 60_000),
      window_end: time(now - agoMs),
      n: 1200,
      opened_at: time(now - 3_600_000),
      runbook: 'docs/runbooks/error-rate.md',
      recorded_at: time(now - agoMs + 500),
      partition: 0,
      offset: index,
    }));
  return [...one('a', 'acme', 'realtime_intelligence', 3), ...one('b', 'acme', 'realtime_intelligence', 2), ...one('c', '', '', 2)];
}

const samples = `
  INSERT INTO pipeline_lag
  SELECT toStartOfInterval(now('UTC'), toIntervalSecond(5)) - toIntervalSecond(5 * number) AS sampled_at, stage, topic, partition,
    1000000 - number * 50 AS committed_offset, 1000100 - number * 50 AS end_offset, 100 AS lag, 2.5 AS event_lag_seconds
  FROM numbers(4320)
  ARRAY JOIN ['store', 'window'] AS stage
  ARRAY JOIN ['impact-lead-intelligence', 'impact-request-telemetry'] AS topic
  ARRAY JOIN [0, 1, 2, 3] AS partition`;

const freshness = `
  INSERT INTO pipeline_freshness
  SELECT toStartOfInterval(now('UTC'), toIntervalSecond(5)) - toIntervalSecond(5 * number) AS sampled_at, topic, 500, 9, 0.4, 1.1, 1.6
  FROM numbers(4320)
  ARRAY JOIN ['impact-lead-intelligence', 'impact-request-telemetry'] AS topic`;

const deadLetters = `
  INSERT INTO dead_letters (topic, partition, offset, step, reason, message, field, version, attempt, tenant, feature, key, size_bytes, produced_at, dead_lettered_at, letter_partition, letter_offset)
  SELECT 'impact-lead-intelligence', 0, number, 'decode', ['not_avro_framed', 'invalid_field'][number % 2 + 1], 'not usable', 'score', '0.1.0', 1, 'acme', 'realtime_intelligence',
    'acme|realtime_intelligence', 120, now64(3, 'UTC') - number, now64(3, 'UTC') - number, 0, number
  FROM numbers(3000)`;

const lateEvents = `
  INSERT INTO late_events
  SELECT 'impact-lead-intelligence', 0, number, 'window', 700 + number, 'acme', 'realtime_intelligence', 'acme|realtime_intelligence', 120,
    now64(3, 'UTC') - number, now64(3, 'UTC') - number, 0, number
  FROM numbers(3000)`;

/** The migrated database of `clickhouse` gets rows up to now. */
export async function fillDashboards(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command(insertSeries('rollup_1m', 60, 10 * 1440));
  await clickhouse.command(rollUp('rollup_1m', 'rollup_1h', 'toStartOfHour'));
  await clickhouse.command(rollUp('rollup_1h', 'rollup_1d', 'toStartOfDay'));
  await clickhouse.insertRows('alerts', alerts(Date.now()));
  for (const statement of [samples, freshness, deadLetters, lateEvents]) await clickhouse.command(statement);
}
