/** The steps of a time series and where each begins and ends, aligned to the days of a time zone. */
import { dayAt, mondayOf, plusDays, plusMonths, startOfDay } from './zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Nominal lengths, ms. Steps from a day on are calendar steps: a day in spring may have 23 hours, a month has 28 to 31 days. */
export const stepMs = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '10m': 10 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '3h': 3 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '1w': 7 * DAY,
  '1mo': 30 * DAY,
  '1y': 365 * DAY,
} as const;
export type Step = keyof typeof stepMs;
export const steps = Object.keys(stepMs) as Step[];

/** The finest step that cuts the range into at most so many points; the coarsest when none does. */
export function finestStep(from: number, to: number, points: number): Step {
  return steps.find((step) => (to - from) / stepMs[step] <= points) ?? '1y';
}

const firstDay = (step: Step, day: string): string => {
  if (step === '1w') return mondayOf(day);
  if (step === '1mo') return `${day.slice(0, 7)}-01`;
  return step === '1y' ? `${day.slice(0, 4)}-01-01` : day;
};

const nextDay = (step: Step, day: string): string => {
  if (step === '1mo') return plusMonths(day, 1);
  if (step === '1y') return plusMonths(day, 12);
  return plusDays(day, step === '1w' ? 7 : 1);
};

/** Steps of a day and longer. */
function calendarEdges(step: Step, from: number, to: number, zone: string): number[] {
  let day = firstDay(step, dayAt(zone, from));
  const edges = [startOfDay(zone, day)];
  for (let edge = edges[0] ?? to; edge < to; edges.push(edge)) {
    day = nextDay(step, day);
    edge = startOfDay(zone, day);
  }
  return edges;
}

/** Steps shorter than a day begin anew at each midnight, so that "every six hours" means 0, 6, 12 and 18 o'clock, save on days when clocks change. */
function clockEdges(step: Step, from: number, to: number, zone: string): number[] {
  const length = stepMs[step];
  const edges: number[] = [];
  for (let day = dayAt(zone, from), start = startOfDay(zone, day), end = start; start < to; start = end) {
    day = plusDays(day, 1);
    end = startOfDay(zone, day);
    const skipped = Math.max(0, Math.floor((from - start) / length)) * length;
    for (let edge = start + skipped; edge < end && edge < to; edge += length) edges.push(edge);
    if (end >= to) edges.push(Math.min(end, (edges.at(-1) ?? start) + length));
  }
  return edges;
}

/**
 * Where the steps of a range begin, and last where the last one ends. The range is widened to whole steps.
 * @param from first instant, ms
 * @param to the instant after the last one, ms; later than `from`
 */
export function stepEdges(step: Step, from: number, to: number, zone: string): number[] {
  return stepMs[step] < DAY ? clockEdges(step, from, to, zone) : calendarEdges(step, from, to, zone);
}
