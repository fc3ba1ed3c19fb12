/** Whether the events are as they should be: every tier adds up, nothing conflicts, little is late or refused, nobody has fallen silent. */

import { counted } from '../counted.ts';
import { deadLetterReasons } from '../event.ts';
import { type Finding, finding } from './finding.ts';

/** A series of a day whose sums differ between raw events and a tier of rollups. `-` stands for a tier that has not got it. */
export type TierDifference = {
  tier: string;
  day: string;
  tenant: string;
  feature: string;
  metric: string;
  n_raw: number;
  n_tier: number;
  usd_raw: string;
  usd_tier: string;
};

/** @param persistent the differences that were there at every look: what is just being stored is in one tier before it is in the next */
export function tiersAgree(series: number, persistent: readonly TierDifference[]): Finding {
  const expected = 'minutes, hours and days add up to the raw events: counts and dollars exactly, sums to twelve digits';
  if (persistent.length === 0)
    return finding('tiers against raw events', 'ok', `${counted(series, 'sum')} compared, none differs`, expected);
  const days = [...new Set(persistent.map(({ day }) => day))].sort();
  const seen = `${counted(persistent.length, 'sum')} differ on ${days.slice(0, 5).join(', ')}; impact replay of these days mends them`;
  return finding('tiers against raw events', 'failed', seen, expected, persistent);
}

export type ConflictCount = { feature: string; source: string; conflicts: number };

export function conflicts(rows: readonly ConflictCount[]): Finding {
  const expected = 'no event id that came with two payloads';
  const total = rows.reduce((sum, one) => sum + one.conflicts, 0);
  if (total === 0) return finding('conflicting duplicates', 'ok', 'none', expected);
  return finding('conflicting duplicates', 'warning', `${counted(total, 'id')} with two payloads; the first one counts`, expected, rows);
}

const LATE_WARNING = 0.01;
const LATE_FAILED = 0.05;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** @param late reported as too late for their window, or for the raw retention */
export function lateShare(late: number, lost: number, events: number): Finding {
  const expected = `at most ${percent(LATE_WARNING)} of the events too late for their window, none too late to be stored`;
  const share = late / Math.max(1, events);
  const verdict = share > LATE_FAILED || lost > 0 ? 'failed' : share > LATE_WARNING ? 'warning' : 'ok';
  return finding(
    'late events',
    verdict,
    `${counted(late, 'event')} late (${percent(share)}), ${counted(lost, 'event')} not stored`,
    expected,
  );
}

/** Reasons that may be a fault of ours: an operator has something to do. */
const ours: readonly string[] = ['processing_error', 'rejected_by_clickhouse', 'unknown_schema_id', 'unreadable_batch'];
const DEAD_WARNING = 0.001;

export type DeadLetterCount = { reason: string; letters: number };

export function deadLetters(rows: readonly DeadLetterCount[], events: number): Finding {
  const expected = `none of ours (${ours.join(', ')}); of producers at most ${percent(DEAD_WARNING)}`;
  const total = rows.reduce((sum, one) => sum + one.letters, 0);
  const mine = rows.some(({ reason }) => ours.includes(reason) || !(deadLetterReasons as readonly string[]).includes(reason));
  const verdict = mine ? 'failed' : total / Math.max(1, events) > DEAD_WARNING ? 'warning' : 'ok';
  return finding('dead letters', verdict, total === 0 ? 'none' : counted(total, 'record'), expected, rows);
}

/** An hour (seconds since 1970, its begin) in which a feature had events. */
export type ActiveHour = { feature: string; hour: number };
export type Gap = { feature: string; from: string; hours: number };

const HOUR = 3_600;
const DAY_HOURS = 24;
/** A feature is expected in an hour of the day in which it was active on so many of the days that were looked at. */
const USUAL = 0.8;
const FEWEST_DAYS = 3;

/** The hours of the day in which a feature is there as a rule. */
function usualHours(hours: readonly number[], days: number): Set<number> {
  const counts = Map.groupBy(hours, (hour) => (hour / HOUR) % DAY_HOURS);
  return new Set([...counts].filter(([, found]) => found.length >= USUAL * days && days >= FEWEST_DAYS).map(([hour]) => hour));
}

/** Hours without events in which there should have been some, neighbours joined; between a feature's first and `until`, seconds. */
export function gapsOf(rows: readonly ActiveHour[], until: number): Gap[] {
  return [...Map.groupBy(rows, ({ feature }) => feature)].flatMap(([feature, active]) => {
    const there = new Set(active.map(({ hour }) => hour));
    const first = Math.min(...there);
    const usual = usualHours([...there], Math.round((until - first) / (DAY_HOURS * HOUR)));
    const gaps: { feature: string; at: number; hours: number }[] = [];
    for (let hour = first; hour + HOUR <= until; hour += HOUR) {
      if (there.has(hour) || !usual.has((hour / HOUR) % DAY_HOURS)) continue;
      const last = gaps.at(-1);
      if (last && last.at + last.hours * HOUR === hour) last.hours += 1;
      else gaps.push({ feature, at: hour, hours: 1 });
    }
    return gaps.map(({ at, hours }) => ({ feature, from: new Date(at * 1000).toISOString().slice(0, 16).concat('Z'), hours }));
  });
}

export function silences(rows: readonly ActiveHour[], until: number): Finding {
  const expected = 'events of every feature in the hours in which it usually has some';
  const gaps = gapsOf(rows, until);
  if (gaps.length === 0) return finding('gaps', 'ok', 'no feature was silent when it is not as a rule', expected);
  const hours = gaps.reduce((sum, gap) => sum + gap.hours, 0);
  return finding('gaps', 'warning', `${counted(hours, 'hour')} without events that usually have some`, expected, gaps);
}
