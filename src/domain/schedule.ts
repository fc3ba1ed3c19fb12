/** When reports are due, and which ones are still to be made. Instants are milliseconds since 1970 UTC. */
import { type DayRange, lastWholePeriod, periodBefore, periodWith, type ReportKind } from './report/period.ts';
import { dayAt, offsetMs } from './zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Minutes after midnight at which the reports of each kind are due; null: they are not made by the clock. */
export type ReportTimes = Readonly<Record<ReportKind, number | null>>;

/**
 * The instant at which the zone's clocks show a time of a day.
 * A time that comes twice (clocks go back) is the first one; a time that clocks skip is as much later as they skip, so that a job of
 * 02:30 runs at 03:30 on that day. This is what ECMAScript's Temporal calls "compatible".
 * The zone's offsets of a day before and of a day after give the only two instants that it can be.
 */
export function instantAt(zone: string, day: string, minutes: number): number {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
  const candidates = [wall - offsetMs(zone, wall - DAY_MS), wall - offsetMs(zone, wall + DAY_MS)];
  const showing = candidates.filter((at) => at + offsetMs(zone, at) === wall);
  return showing.length > 0 ? Math.min(...showing) : Math.max(...candidates);
}

/** When the report about a period is due: at its time on the first day after the period. */
const dueAt = (zone: string, { to }: DayRange, minutes: number): number => instantAt(zone, to, minutes);

export type Due = { kind: ReportKind; period: DayRange; dueAt: number };

/** The newest report of a kind that is due at `now`. */
export function newestDue(kind: ReportKind, zone: string, minutes: number, now: number): Due {
  const last = lastWholePeriod(kind, dayAt(zone, now));
  const period = dueAt(zone, last, minutes) <= now ? last : periodBefore(kind, last);
  return { kind, period, dueAt: dueAt(zone, period, minutes) };
}

/** When the next report of a kind will be due. */
export function nextDue(kind: ReportKind, zone: string, minutes: number, now: number): Due {
  const period = periodWith(kind, newestDue(kind, zone, minutes, now).period.to);
  return { kind, period, dueAt: dueAt(zone, period, minutes) };
}

export type Missed = { make: Due[]; skip: Due[] };
/** Nobody waits for more than these; a clock that was years wrong must not keep us busy. */
const MOST_MISSED = 400;

/**
 * What of one kind is to be made now: the newest that is due and has not been made, and before it those that were missed since the last one.
 * What was due longer than `catchUpMs` ago is not made any more, save the newest: nobody wants a month of daily mails at once.
 * @param last the begin of the newest period that was made or skipped; null: this is the first time, and the past is nobody's report
 * @returns oldest first
 */
export function missedReports(
  kind: ReportKind,
  { zone, minutes, catchUpMs }: { zone: string; minutes: number; catchUpMs: number },
  now: number,
  last: string | null,
): Missed {
  const newest = newestDue(kind, zone, minutes, now);
  if (last === null) return { make: [], skip: [newest] };
  const missed: Due[] = [];
  for (let one = newest; one.period.from > last && missed.length < MOST_MISSED; ) {
    missed.unshift(one);
    const period = periodBefore(kind, one.period);
    one = { kind, period, dueAt: dueAt(zone, period, minutes) };
  }
  const wanted = (due: Due): boolean => due === newest || now - due.dueAt <= catchUpMs;
  return { make: missed.filter(wanted), skip: missed.filter((due) => !wanted(due)) };
}
