/** One page for each valued feature: what it is worth, how it does against its target, who uses it, and how its variants compare. */
import { clickhouse } from './ask.ts';
import { dashboard } from './frame.ts';
import type { Levels } from './look.ts';
import { highIsBad } from './look.ts';
import { chart, count, number, percent, stat, table, usd } from './panel.ts';
import { costStat, errorRateStat, latency, newestStat, roiByDay, roiStat, valueStat } from './product.ts';
import { chosen, days, period, roi, series, whole } from './sql.ts';

export type FeatureSketch = {
  id: string;
  name: string;
  /** The metric that says how it does, as charts and tables name it. */
  key: { metric: string; label: string; unit: string; scale: number; levels: Levels; words: string };
  /** Its service’s latency. */
  latency: { title: string; metric: string; words: string; levels: Levels };
};

/** Levels of key metrics: the target, and the baseline from before the feature. */
export const features: readonly FeatureSketch[] = [
  {
    id: 'realtime_intelligence',
    name: 'Real-Time Intelligence',
    key: {
      metric: 'response_time_seconds',
      label: 'Response time',
      unit: 's',
      scale: 1,
      levels: [
        ['green', null],
        ['yellow', 30],
        ['red', 900],
      ],
      words: 'Seconds until a lead is answered. The target is below 30 s, the baseline was 900 s.',
    },
    latency: {
      title: 'WebSocket latency',
      metric: 'websocket_latency_ms',
      words: 'Target below 50 ms; dashed lines: warning above 100 ms, critical above 200 ms.',
      levels: highIsBad(100, 200),
    },
  },
  {
    id: 'property_intelligence',
    name: 'Property Intelligence',
    key: {
      metric: 'match_satisfaction_score',
      label: 'Match satisfaction',
      unit: 'percent',
      scale: 1,
      levels: [
        ['red', null],
        ['yellow', 88],
        ['green', 93],
      ],
      words: 'How satisfied leads are with the matches, percent. The baseline was 88 %, the target is 93 %.',
    },
    latency: {
      title: 'Vision analysis latency',
      metric: 'vision_analysis_latency_ms',
      words: 'Target below 1.5 s; dashed lines: warning above 2 s, critical above 3 s.',
      levels: highIsBad(2000, 3000),
    },
  },
  {
    id: 'churn_prevention',
    name: 'Churn Prevention',
    key: {
      metric: 'churned',
      label: 'Churn rate',
      unit: 'percent',
      scale: 100,
      levels: [
        ['green', null],
        ['yellow', 20],
        ['red', 35],
      ],
      words: 'Share of the leads with an intervention that churned, percent. The baseline was 35 %, the target is below 20 %.',
    },
    latency: {
      title: 'ML inference latency',
      metric: 'ml_inference_latency_ms',
      words: 'Target below 35 ms; dashed lines: warning above 70 ms, critical above 100 ms.',
      levels: highIsBad(70, 100),
    },
  },
  {
    id: 'ai_coaching',
    name: 'AI Coaching',
    key: {
      metric: 'session_duration_minutes',
      label: 'Session duration',
      unit: 'm',
      scale: 1,
      levels: [
        ['green', null],
        ['yellow', 20],
        ['red', 40],
      ],
      words: 'Minutes of a coaching session. The target is 20 minutes, the baseline was 40.',
    },
    latency: {
      title: 'Coaching analysis latency',
      metric: 'coaching_analysis_latency_ms',
      words: 'Target below 2 s; dashed lines: warning above 3 s, critical above 5 s.',
      levels: highIsBad(3000, 5000),
    },
  },
];

const ofVariant = chosen('variant', "if(variant = '', 'none', variant)");

/** The dashboard of a feature. */
export function featureDashboard({ id, name, key, latency: service }: FeatureSketch) {
  const here = `feature = '${id}' AND ${chosen('tenant')}`;
  const mean = `${key.scale} * sum(sum) / sum(n)`;
  const rows = (what: string, tail: string, from = series): string =>
    `SELECT ${what}\nFROM ${from}\nWHERE metric = '${key.metric}' AND $__timeFilter(bucket)\n  AND ${here}\n  AND ${ofVariant}\n${tail}`;
  const keyStat = stat({
    title: key.label,
    description: `${key.words} Mean over the time range.`,
    ask: clickhouse(rows(`${mean} AS "${key.label}"`, 'HAVING sum(n) > 0', whole)),
    width: 4,
    unit: key.unit,
    decimals: 1,
    levels: key.levels,
  });
  const usersStat = stat({
    title: 'Users',
    description: 'Different users whom the key metric was measured for in the time range; an estimate, within about 2 %.',
    ask: clickhouse(rows('uniqCombined64Merge(12)(users) AS "Users"', 'HAVING sum(n) > 0', whole)),
    width: 4,
    unit: 'short',
    coloured: false,
  });
  const keyChart = chart({
    title: `${key.label} by variant`,
    description: `${key.words} Events without a variant are \`none\`; the dashed lines are target and baseline.`,
    ask: clickhouse(
      rows(`time, if(variant = '', 'none', variant) AS variant_name, ${mean} AS " "`, 'GROUP BY time, variant_name\nORDER BY time'),
    ),
    width: 12,
    unit: key.unit,
    levels: key.levels,
    lines: true,
  });
  const spread = chart({
    title: `${key.label}, spread`,
    description: 'Median and percentiles of the key metric. Percentiles are within 1 % of the exact value.',
    ask: clickhouse(
      rows(
        `time, ${key.scale} * quantileDDMerge(0.01, 0.1)(quantiles) AS "p10", ${key.scale} * quantileDDMerge(0.01, 0.5)(quantiles) AS "p50", ${key.scale} * quantileDDMerge(0.01, 0.9)(quantiles) AS "p90", ${key.scale} * quantileDDMerge(0.01, 0.99)(quantiles) AS "p99"`,
        'GROUP BY time\nORDER BY time',
      ),
    ),
    width: 12,
    unit: key.unit,
  });
  const valueChart = chart({
    title: 'Value and costs by day',
    description: 'What the feature was worth on each UTC day, and its own costs below zero. Costs that serve all features are not in it.',
    ask: clickhouse(
      `SELECT day AS time, sum(value_usd) AS "value", -sum(cost_usd) AS "costs"\nFROM daily_value\nWHERE ${days}\n  AND ${here}\nGROUP BY day\nORDER BY day`,
    ),
    width: 12,
    unit: 'currencyUSD',
    bars: true,
    stacked: true,
    interval: '1d',
    calcs: ['sum'],
    colors: { costs: 'dark-red' },
  });
  const usage = chart({
    title: 'Observations and users',
    description: 'Measurements of the key metric in each step, and the different users behind them (an estimate, within about 2 %).',
    ask: clickhouse(rows('time, sum(n) AS "observations", uniqCombined64Merge(12)(users) AS "users"', 'GROUP BY time\nORDER BY time')),
    width: 12,
    unit: 'short',
    min: 0,
  });
  const tenants = table({
    title: 'Tenants',
    description: 'What the feature was worth to each tenant over the UTC days of the time range.',
    ask: clickhouse(
      `SELECT tenant AS "Tenant", sum(events) AS "Observations", sum(value_usd) AS "Value", sum(cost_usd) AS "Costs", ${roi} AS "ROI"\nFROM ${period}\nWHERE ${here}\nGROUP BY tenant\nORDER BY "Value" DESC\nLIMIT 100`,
    ),
    width: 12,
    columns: { Observations: count, Value: usd, Costs: usd, ROI: percent },
  });
  const metrics = table({
    title: 'Everything that was measured',
    description: 'Each metric of the feature over the time range: how often, its mean and spread. Units are those of the metric’s name.',
    ask: clickhouse(`SELECT metric AS "Metric", sum(n) AS "Observations", sum(sum) / sum(n) AS "Mean", quantileDDMerge(0.01, 0.5)(quantiles) AS "Median", quantileDDMerge(0.01, 0.95)(quantiles) AS "p95"
FROM ${whole}
WHERE metric != 'cost_usd' AND $__timeFilter(bucket)
  AND ${here}
  AND ${ofVariant}
GROUP BY metric
ORDER BY metric`),
    width: 24,
    columns: { Observations: count, Mean: number(2), Median: number(2), p95: number(2) },
  });
  return dashboard({
    uid: `impact-feature-${id}`,
    title: name,
    description: `What ${name} is worth, how it does against its target, and how its variants compare.`,
    from: 'now-7d',
    refresh: '1m',
    variables: ['tenant', 'variant', 'interval'],
    sections: [
      {
        title: 'At a glance, over the whole time range',
        panels: [keyStat, valueStat(4, here), costStat(4, here), roiStat(4, here), usersStat, { ...newestStat(4, here) }],
      },
      { title: 'How it does', panels: [keyChart, spread, valueChart, roiByDay(12, here)] },
      { title: 'Who uses it', panels: [usage, tenants] },
      {
        title: 'How it runs',
        panels: [
          latency(service.title, service.metric, service.words, service.levels, 18, here),
          { ...errorRateStat(6, here), height: 8 },
          metrics,
        ],
      },
    ],
  });
}
