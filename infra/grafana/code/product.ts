/** Panels about features that several dashboards show. */
import { type Ask, clickhouse } from './ask.ts';
import { errorRateLevels, highIsBad, type Levels, plain, roiLevels, severities, states, uptimeLevels } from './look.ts';
import { badge, chart, count, level, link, moment, type Placed, seconds, stat, table, usd } from './panel.ts';
import { days, ofAlert, ofProduct, period, roi, series, whole } from './sql.ts';

const over = (figure: string, name: string, where: string): Ask =>
  clickhouse(`SELECT ${figure} AS "${name}"\nFROM ${period}\nWHERE ${where}`);

export const roiStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'ROI',
    description:
      '(Value - operating costs) / operating costs, over the UTC days of the time range. Green from the 710 % target; below 500 % is a warning, below 200 % is critical. Empty without any cost.',
    ask: over(roi, 'ROI', where),
    width,
    unit: 'percent',
    decimals: 0,
    levels: roiLevels,
  });

export const valueStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'Value',
    description:
      'What the features were worth in US dollars before costs: answered leads, prevented churn, coaching sessions and custom values as observed; satisfaction by each tenant’s mean over the range, as the API values a period.',
    ask: over('sum(value_usd)', 'Value', where),
    width,
    unit: 'currencyUSD',
    coloured: false,
    levels: [
      ['red', null],
      ['green', 0],
    ],
  });

export const costStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'Operating costs',
    description: 'Operating costs in US dollars over the UTC days of the time range, as cost events state them.',
    ask: over('sum(cost_usd)', 'Costs', where),
    width,
    unit: 'currencyUSD',
    coloured: false,
    levels: plain,
  });

export const netStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'Net value',
    description: 'Value less operating costs, in US dollars over the UTC days of the time range.',
    ask: over('sum(value_usd) - sum(cost_usd)', 'Net', where),
    width,
    unit: 'currencyUSD',
    coloured: false,
    levels: [
      ['red', null],
      ['green', 0],
    ],
  });

export const errorRateStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'Error rate',
    description: 'Share of requests that failed. Target below 1 %, warning above 2 %, critical above 5 %.',
    ask: clickhouse(
      `SELECT 100 * sum(sum) / sum(n) AS "Error rate"\nFROM ${whole}\nWHERE metric = 'request_error' AND $__timeFilter(bucket)\n  AND ${where}\nHAVING sum(n) > 0`,
    ),
    width,
    unit: 'percent',
    decimals: 2,
    levels: [
      ['green', null],
      ['yellow', 1],
      ['orange', 2],
      ['red', 5],
    ],
  });

export const uptimeStat = (width: number): Placed =>
  stat({
    title: 'Uptime',
    description:
      'Share of the minutes with requests in which fewer than half of them failed, as the uptime alert counts it. Target above 99.9 %, warning below 99.5 %, critical below 99 %.',
    ask: clickhouse(`SELECT 100 * countIf(failed * 2 < requests) / count() AS "Uptime"
FROM (
  SELECT sum(sum) AS failed, sum(n) AS requests
  FROM rollup_1m_active
  WHERE metric = 'request_error' AND $__timeFilter(bucket)
  AND ${ofProduct}
  GROUP BY bucket
)
HAVING count() > 0`),
    width,
    unit: 'percent',
    decimals: 2,
    levels: uptimeLevels,
  });

export const firingStat = (width: number): Placed =>
  stat({
    title: 'Alerts firing',
    description: 'Alerts whose newest transition leaves them firing, at this moment (not of the time range).',
    ask: clickhouse(`SELECT count() AS "Firing"\nFROM alerts_firing\nWHERE severity != 'success' AND ${ofAlert}`),
    width,
    unit: 'none',
    decimals: 0,
    levels: [
      ['green', null],
      ['red', 1],
    ],
  });

export const newestStat = (width: number, where = ofProduct): Placed =>
  stat({
    title: 'Newest event',
    description: 'Age of the newest minute that has events: how fresh these figures are.',
    ask: clickhouse(
      `SELECT toUInt32(greatest(0, dateDiff('second', max(bucket), now()))) AS "Age"\nFROM rollup_1m_active\nWHERE bucket > now() - INTERVAL 1 DAY\n  AND ${where}\nHAVING count() > 0`,
    ),
    width,
    unit: 's',
    levels: highIsBad(300, 900),
  });

export const roiByDay = (width: number, where = ofProduct): Placed =>
  chart({
    title: 'ROI by day',
    description: 'ROI of each UTC day. The dashed lines: critical below 200 %, warning below 500 %, target 710 %.',
    ask: clickhouse(`SELECT day AS time, ${roi} AS "ROI"\nFROM daily_value\nWHERE ${days}\n  AND ${where}\nGROUP BY day\nORDER BY day`),
    width,
    unit: 'percent',
    decimals: 0,
    levels: roiLevels,
    lines: true,
    interval: '1d',
    calcs: ['lastNotNull', 'mean', 'min'],
  });

export const valueByDay = (width: number): Placed =>
  chart({
    title: 'Value and costs by day',
    description: 'What each feature was worth on each UTC day, satisfaction by the day’s mean, and all operating costs below zero.',
    ask: clickhouse(`SELECT day AS time, feature, sum(value_usd) AS " "
FROM daily_value
WHERE ${days}
  AND ${ofProduct}
GROUP BY day, feature
HAVING sum(value_usd) != 0
UNION ALL
SELECT day AS time, 'operating costs' AS feature, -sum(cost_usd) AS " "
FROM daily_value
WHERE ${days}
  AND ${ofProduct}
GROUP BY day
ORDER BY time`),
    width,
    unit: 'currencyUSD',
    bars: true,
    stacked: true,
    interval: '1d',
    calcs: ['sum'],
    colors: { '.*operating costs.*': 'dark-red' },
  });

/** The page of a feature; Grafana’s placeholder names the cell. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is Grafana's placeholder
const featurePage = link('Open the feature', '/d/impact-feature-${__value.raw}');

export const featureTable = (width: number): Placed =>
  table({
    title: 'Features',
    description:
      'What each feature was worth, cost and returned over the UTC days of the time range. `platform` carries the costs that serve all features.',
    ask: clickhouse(`SELECT feature AS "Feature", sum(events) AS "Observations", sum(value_usd) AS "Value", sum(cost_usd) AS "Costs", sum(value_usd) - sum(cost_usd) AS "Net",
  ${roi} AS "ROI"
FROM ${period}
WHERE ${ofProduct}
GROUP BY feature
ORDER BY "Value" DESC`),
    width,
    columns: { Feature: featurePage, Observations: count, Value: usd, Costs: usd, Net: usd, ROI: level(roiLevels, 'percent') },
  });

export const errorRateByFeature = (width: number): Placed =>
  chart({
    title: 'Error rate by feature',
    description: 'Share of requests that failed. Target below 1 %; dashed lines: warning above 2 %, critical above 5 %.',
    ask: clickhouse(
      `SELECT time, feature, 100 * sum(sum) / sum(n) AS " "\nFROM ${series}\nWHERE metric = 'request_error' AND $__timeFilter(bucket)\n  AND ${ofProduct}\nGROUP BY time, feature\nORDER BY time`,
    ),
    width,
    unit: 'percent',
    min: 0,
    levels: errorRateLevels,
    lines: true,
  });

/** Mean and percentiles of a latency. @param target in words, for the description */
export const latency = (title: string, metric: string, words: string, levels: Levels, width: number, where = ofProduct): Placed =>
  chart({
    title,
    description: `Mean and percentiles over all requests. ${words} Percentiles are within 1 % of the exact value.`,
    ask: clickhouse(`SELECT time, sum(sum) / sum(n) AS "mean", quantileDDMerge(0.01, 0.5)(quantiles) AS "p50", quantileDDMerge(0.01, 0.95)(quantiles) AS "p95", quantileDDMerge(0.01, 0.99)(quantiles) AS "p99"
FROM ${series}
WHERE metric = '${metric}' AND $__timeFilter(bucket)
  AND ${where}
GROUP BY time
ORDER BY time`),
    width,
    unit: 'ms',
    min: 0,
    levels,
    lines: true,
  });

export const firingTable = (width: number): Placed =>
  table({
    title: 'Firing now',
    description: 'Every alert that fires at this moment, the most severe first. `Value` is the newest value held against `Threshold`.',
    ask: clickhouse(`SELECT severity AS "Severity", state AS "State", title AS "Rule", tenant AS "Tenant", feature AS "Feature", metric AS "Metric", value AS "Value", threshold AS "Threshold", n AS "Events",
  opened_at AS "Opened", dateDiff('second', opened_at, now()) AS "Since", runbook AS "Runbook"
FROM alerts_firing
WHERE ${ofAlert}
ORDER BY severity = 'critical' DESC, opened_at DESC
LIMIT 200`),
    width,
    height: 7,
    columns: {
      Severity: badge(severities),
      State: badge(states),
      Feature: featurePage,
      Opened: moment,
      Since: seconds,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is Grafana's placeholder
      Runbook: link('Open the runbook', '${__value.raw}', true),
    },
  });
