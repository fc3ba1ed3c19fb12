/** Whether every day has what it should have: events, a row of figures that agrees with them, costs. */

import { counted } from '../counted.ts';
import { type RoiCell, sumsOf } from './cells.ts';
import { type Finding, finding } from './finding.ts';

/** Events of a UTC day. */
export type DayCount = { day: string; events: number };

const list = (days: readonly string[]): string =>
  days.length > 5 ? `${days.slice(0, 5).join(', ')} and ${days.length - 5} more` : days.join(', ');

/** @param days all days of the range that have begun */
export function recentData(days: readonly string[], counts: readonly DayCount[]): Finding {
  const expected = 'events on every day';
  const silent = days.filter((day) => !counts.some((one) => one.day === day && one.events > 0));
  const total = counts.reduce((sum, { events }) => sum + events, 0);
  if (total === 0) return finding('recent data', 'failed', `no event in ${counted(days.length, 'day')}`, expected);
  const seen = `${counted(total, 'event')} in ${counted(days.length, 'day')}`;
  if (silent.length === 0) return finding('recent data', 'ok', seen, expected, counts);
  return finding('recent data', 'warning', `${seen}, none on ${list(silent)}`, expected, counts);
}

/** One row of business_metrics_daily. */
export type BusinessDay = { date: string; total_revenue_impact: string; net_roi_percentage: string | null };

/** @param days the days of the range that are over and have events */
export function dailyFigures(days: readonly string[], rows: readonly BusinessDay[]): Finding {
  const expected = 'a row in business_metrics_daily for every day that has events and is over';
  const missing = days.filter((day) => !rows.some(({ date }) => date === day));
  if (missing.length === 0) return finding('daily figures', 'ok', `${counted(rows.length, 'day')} calculated`, expected, rows);
  return finding('daily figures', 'failed', `none for ${list(missing)}; impact roi daily --date makes one`, expected, rows);
}

/** Differences below this are what rounding to the sixth place leaves, micros. */
const CENT_MICROS = 10_000;

/**
 * @param stored what business_metrics_daily was written from
 * @param fresh the same, calculated now
 */
export function figuresAgree(stored: readonly RoiCell[], fresh: readonly RoiCell[]): Finding {
  const expected = 'the figures of each day and feature are those that a calculation makes now, to the cent';
  const [before, now] = [sumsOf(stored), sumsOf(fresh)];
  const wrong = [...new Set([...before.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [there, here] = [before.get(key), now.get(key)];
    const [value, cost] = [(here?.value ?? 0) - (there?.value ?? 0), (here?.cost ?? 0) - (there?.cost ?? 0)];
    const agrees = Math.abs(value) < CENT_MICROS && Math.abs(cost) < CENT_MICROS;
    const [day = '', feature = ''] = key.split('|');
    return agrees ? [] : [{ day, feature, value_is_off_usd: value / 1e6, cost_is_off_usd: cost / 1e6 }];
  });
  if (wrong.length === 0)
    return finding('figures against rollups', 'ok', `${counted(before.size, 'figure')} compared, none differs`, expected);
  return finding(
    'figures against rollups',
    'failed',
    `${counted(wrong.length, 'figure')} differ; impact roi daily --date mends a day`,
    expected,
    wrong,
  );
}

/** @param days the days of the range that are over and have events */
export function costsThere(days: readonly string[], daysWithCosts: readonly string[]): Finding {
  const expected = 'costs for every day that has events, or an estimate by configuration';
  const missing = days.filter((day) => !daysWithCosts.includes(day));
  if (missing.length === 0) return finding('costs', 'ok', `costs for ${counted(days.length, 'day')}`, expected);
  return finding('costs', 'warning', `none for ${list(missing)}, so their ROI has no meaning`, expected);
}
