/** What the next weeks are expected to bring, as a report says it. */
import type { Expected, Forecast } from '../forecast.ts';
import { dollars, percentText } from './words.ts';

/** Amounts in integer millionths of a US dollar; low and high are the ends of the interval that holds the truth in 8 of 10 cases. */
export type Outlook = {
  days: number;
  historyDays: number;
  value: { expected: number; low: number; high: number };
  cost: { expected: number; low: number; high: number };
  roiPercent: { expected: number; low: number; high: number } | null;
};

const micros = (usd: number): number => Math.round(usd * 1e6) || 0;
const amountOf = ({ expected, interval80 }: Expected): Outlook['value'] => ({
  expected: micros(expected),
  low: micros(interval80.lower),
  high: micros(interval80.upper),
});

export function outlookOf({ historyDays, days, total }: Forecast): Outlook {
  const { roiPercent: roi } = total;
  const interval = roi?.interval80 ?? null;
  return {
    days: days.length,
    historyDays,
    value: amountOf(total.valueUsd),
    cost: amountOf(total.costUsd),
    roiPercent: roi === null || interval === null ? null : { expected: roi.expected, low: interval.lower, high: interval.upper },
  };
}

export function outlookText({ days, historyDays, value, cost, roiPercent: roi }: Outlook): string {
  const range = ({ expected, low, high }: Outlook['value']): string => `${dollars(expected)} (${dollars(low)} to ${dollars(high)})`;
  const ending = roi === null ? '' : `, ROI ${percentText(roi.expected)} (${percentText(roi.low)} to ${percentText(roi.high)})`;
  return `The next ${days} days, going by the last ${historyDays}: value ${range(value)}, cost ${range(cost)}${ending}. In 8 of 10 cases the truth lies within such ranges.`;
}
