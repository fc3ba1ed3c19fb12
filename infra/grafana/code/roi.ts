/** The calculated days and weeks: value, costs by category, revisions. From Postgres, in business days of TIME_ZONE, all tenants. */
import { postgres } from './ask.ts';
import { dashboard } from './frame.ts';
import { plain, roiLevels } from './look.ts';
import { badge, chart, level, moment, number, stat, table, usd } from './panel.ts';
import { businessDays, dayAsTime } from './sql.ts';

const whole = (title: string, description: string, figure: string, unit: string, levels = plain) =>
  stat({
    title,
    description,
    ask: postgres(`SELECT ${figure} AS "${title}"\nFROM daily_roi_summary\nWHERE ${businessDays()}\nHAVING count(*) > 0`),
    width: 4,
    unit,
    coloured: levels !== plain,
    levels,
    ...(unit === 'percent' ? { decimals: 0 } : {}),
  });

const glance = [
  whole(
    'ROI of the days',
    '(Value - costs) / costs over the business days of the time range, manual entries and recurring costs included.',
    'round((sum(total_revenue_impact) - sum(total_operating_costs)) / nullif(sum(total_operating_costs), 0) * 100, 1)',
    'percent',
    roiLevels,
  ),
  whole(
    'Value of the days',
    'Value of the business days of the time range in US dollars, manual entries included.',
    'sum(total_revenue_impact)',
    'currencyUSD',
  ),
  whole(
    'Costs of the days',
    'Operating costs of the business days of the time range in US dollars: events, manual entries, and recurring estimates where nothing real is known.',
    'sum(total_operating_costs)',
    'currencyUSD',
  ),
  whole(
    'Entered by hand',
    'How much of the value was entered by hand, in US dollars. It is counted in the value beside this.',
    'sum(manual_revenue_impact)',
    'currencyUSD',
  ),
  whole(
    'Recurring estimates',
    'How much of the costs are recurring estimates by configuration, in US dollars. A real cost of the same category and day replaces them.',
    'sum(recurring_operating_costs)',
    'currencyUSD',
  ),
  stat({
    title: 'Last calculation',
    description:
      'How long ago a day was calculated last. Above ten minutes the roi stage does not run, and today’s figures are out of date.',
    ask: postgres('SELECT extract(epoch FROM now() - max(computed_at))::bigint AS "Age"\nFROM business_metrics_daily\nHAVING count(*) > 0'),
    width: 4,
    unit: 's',
    levels: [
      ['green', null],
      ['orange', 600],
      ['red', 3600],
    ],
  }),
];

const roiOfDays = chart({
  title: 'ROI against its target',
  description:
    'ROI of each business day and the target in force, percent. Dashed lines: critical below 200 %, warning below 500 %, target 710 %.',
  ask: postgres(
    `SELECT ${dayAsTime()}, roi_percentage AS "ROI", target_roi_percentage AS "target"\nFROM daily_roi_summary\nWHERE ${businessDays()}\nORDER BY date`,
  ),
  width: 12,
  unit: 'percent',
  decimals: 0,
  levels: roiLevels,
  lines: true,
  interval: '1d',
  calcs: ['lastNotNull', 'mean', 'min'],
  colors: { target: 'dark-blue' },
});

const threeFigures = chart({
  title: 'Observed, caused, and at least',
  description:
    'Value of each day three times: as the formulas observe it against their baselines, as experiments show it to be caused, and the lower end of that interval. Empty where no experiment ran.',
  ask: postgres(
    `SELECT ${dayAsTime()}, total_revenue_impact AS "observed", causal_revenue_impact AS "caused", lower_bound_revenue_impact AS "at least"\nFROM business_metrics_daily\nWHERE ${businessDays()}\nORDER BY date`,
  ),
  width: 12,
  unit: 'currencyUSD',
  interval: '1d',
  calcs: ['lastNotNull', 'sum'],
});

const costsByCategory = chart({
  title: 'Costs by category',
  description:
    'Operating costs of each business day in US dollars, by category; a recurring estimate only where no real cost of its category is known.',
  ask: postgres(`SELECT ${dayAsTime('cost.date')}, cost_category AS metric, sum(amount) AS " "
FROM operating_costs_daily AS cost
WHERE ${businessDays('cost.date')} AND (provenance <> 'recurring' OR NOT EXISTS (
  SELECT FROM operating_costs_daily AS known
  WHERE known.date = cost.date AND known.cost_category = cost.cost_category AND known.provenance <> 'recurring'))
GROUP BY cost.date, cost_category
ORDER BY 1`),
  width: 12,
  unit: 'currencyUSD',
  bars: true,
  stacked: true,
  interval: '1d',
  calcs: ['sum'],
});

const costTable = table({
  title: 'What costs most',
  description:
    'Costs by category, feature and origin over the time range. `pipeline` are cost events, `manual` what people entered, `recurring` estimates by configuration.',
  ask: postgres(`SELECT cost_category AS "Category", feature_id AS "Feature", provenance AS "Origin", sum(amount) AS "Costs", sum(usage_units) AS "Units", count(DISTINCT date) AS "Days"
FROM operating_costs_daily
WHERE ${businessDays()}
GROUP BY cost_category, feature_id, provenance
ORDER BY sum(amount) DESC
LIMIT 100`),
  width: 12,
  columns: { Costs: usd, Units: number(0), Days: number(0) },
});

const featureDays = chart({
  title: 'Value by feature',
  description: 'What each feature was worth on each business day, in US dollars, all tenants, manual entries included.',
  ask: postgres(
    `SELECT ${dayAsTime()}, feature_id AS metric, sum(value_usd) AS " "\nFROM roi_feature_daily\nWHERE ${businessDays()}\nGROUP BY date, feature_id\nORDER BY 1`,
  ),
  width: 12,
  unit: 'currencyUSD',
  bars: true,
  stacked: true,
  interval: '1d',
  calcs: ['sum'],
});

const featureTotals = table({
  title: 'Features, with their share of the shared costs',
  description:
    'Value and costs over the time range. `Shared` is the part of the costs that serve all features, spread by the configured key.',
  ask: postgres(`SELECT feature_id AS "Feature", sum(value_usd) AS "Value", sum(manual_value_usd) AS "By hand", sum(direct_cost_usd) AS "Own costs", sum(shared_cost_usd) AS "Shared",
  round((sum(value_usd) - sum(direct_cost_usd + shared_cost_usd)) / nullif(sum(direct_cost_usd + shared_cost_usd), 0) * 100, 1) AS "ROI"
FROM roi_feature_daily
WHERE ${businessDays()}
GROUP BY feature_id
ORDER BY sum(value_usd) DESC`),
  width: 12,
  columns: { Value: usd, 'By hand': usd, 'Own costs': usd, Shared: usd, ROI: level(roiLevels, 'percent') },
});

const revisions = table({
  title: 'Days that changed after they were closed',
  description: 'Each change of a closed day: why it was calculated again, and its value before and after.',
  ask: postgres(`SELECT changed_at AS "Changed", date AS "Day", revision AS "Revision", reason AS "Reason",
  (before ->> 'valueUsd')::numeric AS "Value before", (after ->> 'valueUsd')::numeric AS "Value after"
FROM roi_revisions
WHERE $__timeFilter(changed_at)
ORDER BY changed_at DESC
LIMIT 100`),
  width: 24,
  columns: { Changed: moment, 'Value before': usd, 'Value after': usd, Revision: number(0) },
});

const days = table({
  title: 'Days',
  description:
    'The calculated days of the time range, the newest first. A day that is not complete goes on, or its final calculation is due.',
  ask: postgres(`SELECT date AS "Day", total_revenue_impact AS "Value", total_operating_costs AS "Costs", net_revenue_impact AS "Net", roi_percentage AS "ROI",
  CASE WHEN complete THEN 'complete' ELSE 'open' END AS "State", revision AS "Revision"
FROM daily_roi_summary
WHERE ${businessDays()}
ORDER BY date DESC
LIMIT 400`),
  width: 24,
  columns: {
    Value: usd,
    Costs: usd,
    Net: usd,
    ROI: level(roiLevels, 'percent'),
    State: badge([
      {
        type: 'value',
        options: { complete: { color: 'dark-green', index: 0, text: 'complete' }, open: { color: 'dark-blue', index: 1, text: 'open' } },
      },
    ]),
    Revision: number(0),
  },
});

export const roi = dashboard({
  uid: 'impact-roi',
  title: 'ROI and costs',
  description: 'The calculated days and weeks: value, costs by category, three figures, revisions. Business days, all tenants.',
  from: 'now-30d',
  refresh: '5m',
  variables: [],
  sections: [
    { title: 'Over the business days of the time range', panels: glance },
    { title: 'Day by day', panels: [roiOfDays, threeFigures, featureDays, costsByCategory] },
    { title: 'Where it comes from', panels: [featureTotals, costTable, days, revisions] },
  ],
});
