/** Which reports must have been made by now: those whose time is past whatever the hour that is set for it. */
import { mondayOf, plusDays } from '../zone.ts';

/** `date` is the first day of what the report is about. */
export type DueReport = { kind: 'daily' | 'weekly'; date: string };

/** Daily reports of the days, and weekly ones of the whole weeks from Monday on, of a span (last day included) that ended the day before yesterday or earlier. */
export function reportsDue(from: string, to: string, today: string): DueReport[] {
  const due: DueReport[] = [];
  for (let day = from; day <= to && plusDays(day, 2) <= today; day = plusDays(day, 1)) {
    due.push({ kind: 'daily', date: day });
    const monday = mondayOf(day);
    const ended = plusDays(day, 1) === plusDays(monday, 7);
    if (ended && monday >= from) due.push({ kind: 'weekly', date: monday });
  }
  return due;
}
