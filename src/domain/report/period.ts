/** What a report is about: whole days, as "2026-01-11", in the zone of the installation. */
import { mondayOf, plusDays, plusMonths } from '../zone.ts';

export const reportKinds = ['daily', 'weekly', 'monthly', 'quarterly'] as const;
export type ReportKind = (typeof reportKinds)[number];

/** From a day on up to another, which is not part of it. */
export type DayRange = { from: string; to: string };

const firstOfQuarter = (day: string): string => plusMonths(day, -((Number(day.slice(5, 7)) - 1) % 3));

const periods: Record<ReportKind, (day: string) => DayRange> = {
  daily: (day) => ({ from: day, to: plusDays(day, 1) }),
  weekly: (day) => ({ from: mondayOf(day), to: plusDays(mondayOf(day), 7) }),
  monthly: (day) => ({ from: plusMonths(day, 0), to: plusMonths(day, 1) }),
  quarterly: (day) => ({ from: firstOfQuarter(day), to: plusMonths(firstOfQuarter(day), 3) }),
};

/** The day, week (from Monday), month or quarter that a day is in. */
export const periodWith = (kind: ReportKind, day: string): DayRange => periods[kind](day);

/** The period just before. */
export const periodBefore = (kind: ReportKind, { from }: DayRange): DayRange => periodWith(kind, plusDays(from, -1));

/** The newest period that is over on `today`. */
export const lastWholePeriod = (kind: ReportKind, today: string): DayRange => periodBefore(kind, periodWith(kind, today));

/** Every day of the range. */
export function daysOf({ from, to }: DayRange): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = plusDays(day, 1)) days.push(day);
  return days;
}

const dateText = (day: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(Date.parse(`${day}T00:00:00Z`));

const long = { day: 'numeric', month: 'long', year: 'numeric' } as const;

function weekTitle({ from, to }: DayRange): string {
  const last = plusDays(to, -1);
  const first: Intl.DateTimeFormatOptions = from.slice(0, 7) === last.slice(0, 7) ? { day: 'numeric' } : { day: 'numeric', month: 'long' };
  return `${dateText(from, from.slice(0, 4) === last.slice(0, 4) ? first : long)} to ${dateText(last, long)}`;
}

/** For people: "Sunday, 11 January 2026", "5 to 11 January 2026", "January 2026", "1st quarter of 2026". */
export function periodTitle(kind: ReportKind, range: DayRange): string {
  if (kind === 'daily') return `${dateText(range.from, { weekday: 'long' })}, ${dateText(range.from, long)}`;
  if (kind === 'weekly') return weekTitle(range);
  if (kind === 'monthly') return dateText(range.from, { month: 'long', year: 'numeric' });
  const quarter = ['1st', '2nd', '3rd', '4th'][Math.floor((Number(range.from.slice(5, 7)) - 1) / 3)];
  return `${quarter} quarter of ${range.from.slice(0, 4)}`;
}

/** What the period before is called. */
export const beforeWord: Record<ReportKind, string> = {
  daily: 'day before',
  weekly: 'week before',
  monthly: 'month before',
  quarterly: 'quarter before',
};
