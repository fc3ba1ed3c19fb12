/** Performance against the targets: latencies, error rate, uptime, and any metric at all. */
import { clickhouse } from './ask.ts';
import { dashboard } from './frame.ts';
import { highIsBad, uptimeLevels } from './look.ts';
import { chart, count, level, number, table } from './panel.ts';
import { errorRateByFeature, errorRateStat, firingStat, latency, newestStat, uptimeStat } from './product.ts';
import { ofProduct, series, whole } from './sql.ts';

const requests = chart({
  title: 'Requests by service',
  description: 'Requests a second of each service that reports telemetry.',
  ask: clickhouse(`SELECT time, replaceRegexpOne(metric, '_latency_ms$', '') AS service, sum(n) / greatest($__interval_s , $interval) AS " "
FROM ${series}
WHERE endsWith(metric, '_latency_ms') AND metric != 'scoring_latency_ms' AND $__timeFilter(bucket)
  AND ${ofProduct}
GROUP BY time, service
ORDER BY time`),
  width: 12,
  unit: 'reqps',
  min: 0,
});

const uptimeByHour = chart({
  title: 'Uptime by hour',
  description:
    'Share of each hour’s minutes in which fewer than half of the requests failed. Target above 99.9 %; dashed lines: warning below 99.5 %, critical below 99 %.',
  ask: clickhouse(`SELECT toStartOfHour(minute) AS time, 100 * countIf(failed * 2 < requests) / count() AS "uptime"
FROM (
  SELECT bucket AS minute, sum(sum) AS failed, sum(n) AS requests
  FROM rollup_1m_active
  WHERE metric = 'request_error' AND $__timeFilter(bucket)
  AND ${ofProduct}
  GROUP BY minute
)
GROUP BY time
ORDER BY time`),
  width: 12,
  unit: 'percent',
  max: 100,
  levels: uptimeLevels,
  lines: true,
  interval: '1h',
  calcs: ['lastNotNull', 'min'],
});

const services = table({
  title: 'Services',
  description: 'Latency of each service over the time range, in milliseconds; the slowest p95 first.',
  ask: clickhouse(`SELECT replaceRegexpOne(metric, '_latency_ms$', '') AS "Service", sum(n) AS "Requests", sum(sum) / sum(n) AS "Mean", quantileDDMerge(0.01, 0.5)(quantiles) AS "p50",
  quantileDDMerge(0.01, 0.95)(quantiles) AS "p95", quantileDDMerge(0.01, 0.99)(quantiles) AS "p99"
FROM ${whole}
WHERE endsWith(metric, '_latency_ms') AND $__timeFilter(bucket)
  AND ${ofProduct}
GROUP BY metric
ORDER BY "p95" DESC`),
  width: 12,
  columns: { Requests: count, Mean: number(1), p50: number(1), p95: number(1), p99: number(1) },
});

const errors = table({
  title: 'Error rate by tenant and feature',
  description:
    'Share of requests that failed over the time range, the worst first. Target below 1 %, warning above 2 %, critical above 5 %.',
  ask: clickhouse(`SELECT tenant AS "Tenant", feature AS "Feature", sum(n) AS "Requests", sum(sum) AS "Failed", 100 * sum(sum) / sum(n) AS "Error rate"
FROM ${whole}
WHERE metric = 'request_error' AND $__timeFilter(bucket)
  AND ${ofProduct}
GROUP BY tenant, feature
ORDER BY "Error rate" DESC
LIMIT 100`),
  width: 12,
  columns: {
    Requests: count,
    Failed: count,
    'Error rate': level(
      [
        ['green', null],
        ['orange', 2],
        ['red', 5],
      ],
      'percent',
    ),
  },
});

const any = `WHERE metric = '$metric' AND $__timeFilter(bucket)\n  AND ${ofProduct}`;
const anyByVariant = chart({
  title: '$metric: mean by variant',
  description: 'Mean of the chosen metric for each variant; events without a variant are `none`.',
  ask: clickhouse(
    `SELECT time, if(variant = '', 'none', variant) AS variant_name, sum(sum) / sum(n) AS " "\nFROM ${series}\n${any}\nGROUP BY time, variant_name\nORDER BY time`,
  ),
  width: 12,
  unit: 'short',
});
const anyUsage = chart({
  title: '$metric: observations and users',
  description: 'Observations of the chosen metric in each step, and the different users behind them (an estimate, within about 2 %).',
  ask: clickhouse(
    `SELECT time, sum(n) AS "observations", uniqCombined64Merge(12)(users) AS "users"\nFROM ${series}\n${any}\nGROUP BY time\nORDER BY time`,
  ),
  width: 12,
  unit: 'short',
  min: 0,
});

export const performance = dashboard({
  uid: 'impact-performance',
  title: 'Performance against targets',
  description: 'Latencies, error rate and uptime against their targets, with the warning and critical lines.',
  from: 'now-24h',
  refresh: '30s',
  variables: ['tenant', 'feature', 'metric', 'interval'],
  sections: [
    { title: 'At a glance, over the whole time range', panels: [errorRateStat(6), uptimeStat(6), firingStat(6), newestStat(6)] },
    {
      title: 'Latencies',
      panels: [
        latency(
          'WebSocket latency',
          'websocket_latency_ms',
          'Target below 50 ms; dashed lines: warning above 100 ms, critical above 200 ms.',
          highIsBad(100, 200),
          12,
        ),
        latency(
          'ML inference latency',
          'ml_inference_latency_ms',
          'Target below 35 ms; dashed lines: warning above 70 ms, critical above 100 ms.',
          highIsBad(70, 100),
          12,
        ),
        latency(
          'Vision analysis latency',
          'vision_analysis_latency_ms',
          'Target below 1.5 s; dashed lines: warning above 2 s, critical above 3 s.',
          highIsBad(2000, 3000),
          12,
        ),
        latency(
          'Coaching analysis latency',
          'coaching_analysis_latency_ms',
          'Target below 2 s; dashed lines: warning above 3 s, critical above 5 s.',
          highIsBad(3000, 5000),
          12,
        ),
      ],
    },
    { title: 'Errors and uptime', panels: [errorRateByFeature(12), uptimeByHour, errors, requests] },
    { title: 'Services', panels: [{ ...services, width: 24 }] },
    { title: 'Any metric: $metric', panels: [anyByVariant, anyUsage] },
  ],
});
