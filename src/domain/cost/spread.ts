/** A charge for several days, cut into its days without losing or inventing a cent. */
import { dayAt, plusDays, startOfDay } from '../zone.ts';

/** What one day bears; `at` is when the charge begins on that day, ms. */
export type DayShare = { day: string; at: number; amountUsdMicros: number };

const MICROS_OF_CENT = 10_000;

/** The days of a period in a zone, each with how much of the period it holds, ms. */
function daysWithin(start: number, end: number, zone: string): { day: string; at: number; ms: number }[] {
  const days: { day: string; at: number; ms: number }[] = [];
  for (let at = start; at < end; ) {
    const day = dayAt(zone, at);
    const next = Math.min(end, startOfDay(zone, plusDays(day, 1)));
    days.push({ day, at, ms: next - at });
    at = next;
  }
  return days;
}

/**
 * Whole units in proportion to weights, by the method of the largest remainder (Hamilton): each part gets its share rounded down, and the units
 * that are left go to the parts that lost most by that, the earlier one where two lost the same. The parts add up to the whole.
 */
export function largestRemainder(units: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = weights.map((weight) => (units * weight) / total);
  const lost = weights.map((weight, index) => ({ index, remainder: (units * weight) % total }));
  lost.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  const left = Number(units - parts.reduce((sum, part) => sum + part, 0n));
  for (const { index } of lost.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

/**
 * What each day bears, in proportion to how much of the period it holds. An amount in whole cents is cut into whole cents, any other into
 * millionths of a dollar; the shares add up to the amount exactly. A credit is cut like the cost of its size.
 * @param start ms; @param end ms, later than `start`, not part of the period
 */
export function spreadOverDays(amountUsdMicros: number, start: number, end: number, zone: string): DayShare[] {
  const days = daysWithin(start, end, zone);
  const unit = amountUsdMicros % MICROS_OF_CENT === 0 ? MICROS_OF_CENT : 1;
  const size = BigInt(Math.abs(amountUsdMicros) / unit);
  const parts = largestRemainder(
    size,
    days.map(({ ms }) => BigInt(ms)),
  );
  const sign = amountUsdMicros < 0 ? -1 : 1;
  // A share of nothing is 0, not -0.
  return days.map(({ day, at }, index) => ({ day, at, amountUsdMicros: sign * unit * Number(parts[index] ?? 0n) || 0 }));
}
