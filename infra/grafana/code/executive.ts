/** For people who decide: what the product returns, against its target, and whether anything burns. */
import { clickhouse, postgres } from './ask.ts';
import { dashboard } from './frame.ts';
import { adoptionLevels, roiLevels } from './look.ts';
import { chart, level, number, percent, table, usd } from './panel.ts';
import {
  costStat,
  featureTable,
  firingStat,
  firingTable,
  netStat,
  newestStat,
  roiByDay,
  roiStat,
  uptimeStat,
  valueByDay,
  valueStat,
} from './product.ts';
import { chosen, ofProduct } from './sql.ts';

const adoption = chart({
  title: 'Adoption by feature',
  description:
    'Share of the day’s active users who used the feature, as the adoption alert counts it. Target above 80 %, warning below 60 %, critical below 40 %. Shared telemetry is nobody’s use of a feature.',
  ask: clickhouse(`SELECT used.day AS time, used.feature AS feature, 100 * used.users / active.users AS " "
FROM (
  SELECT bucket AS day, feature, uniqCombined64Merge(12)(users) AS users
  FROM rollup_1d_active
  WHERE bucket >= toStartOfDay($__fromTime, 'UTC') AND bucket <= $__toTime AND feature != 'platform' AND metric != 'cost_usd'
  AND ${ofProduct}
  GROUP BY day, feature
) AS used
INNER JOIN (
  SELECT bucket AS day, uniqCombined64Merge(12)(users) AS users
  FROM rollup_1d_active
  WHERE bucket >= toStartOfDay($__fromTime, 'UTC') AND bucket <= $__toTime AND feature != 'platform' AND metric != 'cost_usd'
  AND ${chosen('tenant')}
  GROUP BY day
) AS active ON active.day = used.day
WHERE active.users > 0
ORDER BY time`),
  width: 12,
  unit: 'percent',
  min: 0,
  max: 100,
  levels: adoptionLevels,
  lines: true,
  interval: '1d',
  calcs: ['lastNotNull', 'mean'],
});

const weeks = table({
  title: 'Weeks',
  description:
    'The last weeks as they were calculated, in business days: value, costs, ROI, and the change against the week before. All tenants and features.',
  ask: postgres(`SELECT week_start AS "Week", total_revenue_impact AS "Value", total_operating_costs AS "Costs", net_revenue_impact AS "Net", roi_percentage AS "ROI",
  target_roi_percentage AS "Target", revenue_change_percentage AS "Change", best_feature AS "Best feature", days_counted AS "Days"
FROM roi_weekly_summary
WHERE week_start <= $__timeTo()::date
ORDER BY week_start DESC
LIMIT 12`),
  width: 12,
  columns: { Value: usd, Costs: usd, Net: usd, ROI: level(roiLevels, 'percent'), Target: percent, Change: percent, Days: number(0) },
});

export const executive = dashboard({
  uid: 'impact-executive',
  title: 'Executive impact',
  description: 'What the features return, against the target, and whether anything is wrong.',
  from: 'now-30d',
  refresh: '1m',
  variables: ['tenant', 'feature', 'interval'],
  sections: [
    {
      title: 'At a glance, over the whole time range',
      panels: [roiStat(4), valueStat(4), costStat(4), netStat(3), uptimeStat(3), firingStat(3), newestStat(3)],
    },
    { title: 'Value and ROI by UTC day', panels: [roiByDay(12), valueByDay(12)] },
    { title: 'Features and weeks', panels: [featureTable(12), adoption, weeks, { ...firingTable(12), height: 8 }] },
  ],
});
