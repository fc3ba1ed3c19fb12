/** Calendar days in a time zone. Instants are milliseconds since 1970 UTC, days are "2026-01-11". */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', ...fields });
  formats.set(zone, format);
  return format;
}

/** Whether this machine's time zone database knows the name. */
export function isZone(text: string): boolean {
  try {
    formatOf(text);
    return true;
  } catch {
    return false;
  }
}

/** How far the zone's clocks are ahead of UTC at an instant, ms; behind is negative. */
export function offsetMs(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The day that it is in the zone at an instant. */
export function dayAt(zone: string, at: number): string {
  return new Date(at + offsetMs(zone, at)).toISOString().slice(0, 10);
}

/** Whether the text is a day that exists, for example not "2026-02-30". */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The day so many days later; earlier when negative. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first day of the month so many months later. */
export function plusMonths(day: string, months: number): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1)).toISOString().slice(0, 10);
}

/** The Monday of the day's week. */
export function mondayOf(day: string): string {
  return plusDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/**
 * The instant at which a day begins in the zone.
 * Midnight may come twice (clocks go back over it: the first one counts) or not at all (they go forward: the day begins when they do).
 * The zone's offsets of the day before and of the day after give the only two instants that midnight can be.
 */
export function startOfDay(zone: string, day: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (zone === 'UTC') return midnight;
  const before = midnight - offsetMs(zone, midnight - 86_400_000);
  const after = midnight - offsetMs(zone, midnight + 86_400_000);
  const [first, last] = [Math.min(before, after), Math.max(before, after)];
  return dayAt(zone, first) === day ? first : last;
}

/** Where each of the last `days` days begins, the day of `now` included, and last where that day ends; ms. */
export function dayEdges(zone: string, now: number, days: number): number[] {
  const today = dayAt(zone, now);
  return Array.from({ length: days + 1 }, (_, index) => startOfDay(zone, plusDays(today, index + 1 - days)));
}
