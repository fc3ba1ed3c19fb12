/** Pieces of SQL that several dashboards share. Words with a dollar sign are Grafana's variables and the data source's macros. */

/** The condition of a variable with several choices; none while it stands at "All". */
export const chosen = (variable: string, column = variable): string =>
  `$__conditionalAll(${column} IN (\${${variable}:singlequote}), $${variable})`;

export const ofProduct = `${chosen('tenant')}\n  AND ${chosen('feature')}`;
/** Alerts of the whole platform have no tenant and no feature. */
export const ofAlert = `(tenant = '' OR ${chosen('tenant')}) AND (feature = '' OR ${chosen('feature')})`;

/** The rollup tier that fits the panel's step. */
export const series = 'rollup_series(step = greatest($__interval_s , $interval))';
export const days = `day >= toStartOfDay($__fromTime, 'UTC') AND day <= $__toTime`;
/** For figures of the whole range, which need no fine steps: hours for more than two days, minutes for less. */
export const whole = "rollup_series(step = if(dateDiff('hour', $__fromTime, $__toTime) > 48, 3600, 60))";
/** Value and costs of the whole range, as the API values a period. */
export const period =
  "period_value(from = toUnixTimestamp(toStartOfDay($__fromTime, 'UTC')), until = toUnixTimestamp(least($__toTime, now())))";
export const roi = '100 * (sum(value_usd) - sum(cost_usd)) / nullIf(sum(cost_usd), 0)';

/** Postgres: business days of the time range. */
export const businessDays = (column = 'date'): string => `${column} BETWEEN $__timeFrom()::date AND $__timeTo()::date`;
/** Postgres: a business day as a point in time. */
export const dayAsTime = (column = 'date'): string => `${column}::timestamp AT TIME ZONE 'UTC' AS time`;
