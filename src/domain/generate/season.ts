/** How much happens when: a week's curve of office hours, and how many events a curve has put out before a moment. */

export const HOUR_MS = 3_600_000;
export const WEEK_MS = 168 * HOUR_MS;
/** 1970-01-01 was a Thursday; the first Monday began four days later. */
const FIRST_MONDAY_MS = 4 * 24 * HOUR_MS;

/** Relative activity by hour of the day, UTC. */
const officeHours = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 16, 18, 20, 19, 17, 14, 10, 7, 5, 3, 2, 1];
/** Relative activity from Monday to Sunday. */
const weekdays = [1.1, 1.15, 1.1, 1.05, 1, 0.55, 0.4];

const office = weekdays.flatMap((day) => officeHours.map((hour) => day * hour));
const even = office.map(() => 1);

/** Shares of the week that have passed at the start of each of its 168 hours, and at its end. */
function cumulative(weights: number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  const shares = weights.map((weight) => {
    const share = passed / total;
    passed += weight;
    return share;
  });
  return [...shares, 1];
}

export type Season = 'office' | 'even';
const curves: Record<Season, number[]> = { office: cumulative(office), even: cumulative(even) };

/**
 * How many events a stream of `perWeek` events has put out before `timeMs`, fractions included. It never falls, so its whole part
 * numbers the events of the stream, and any range of time holds the same events whoever asks.
 */
export function eventsBefore(season: Season, perWeek: number, timeMs: number): number {
  const sinceMonday = timeMs - FIRST_MONDAY_MS;
  const week = Math.floor(sinceMonday / WEEK_MS);
  const hour = (sinceMonday - week * WEEK_MS) / HOUR_MS;
  const slot = Math.floor(hour);
  const curve = curves[season];
  const start = curve[slot] ?? 0;
  const end = curve[slot + 1] ?? 1;
  return perWeek * (week + start + (end - start) * (hour - slot));
}
