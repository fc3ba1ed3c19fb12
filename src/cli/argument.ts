/** Texts of the command line -> values. What is wrong is said together with what would be right. */
import { InvalidArgumentError } from 'commander';
import { parseDuration as durationOf } from '../domain/duration.ts';
import { isDay } from '../domain/zone.ts';

/** "90s" -> 90,000 milliseconds. */
export function parseDuration(text: string): number {
  const duration = durationOf(text);
  if (duration === null) throw new InvalidArgumentError('Expected a number with a unit, for example 60s, 5m, 2h or 30d.');
  return duration;
}

const moment = /^(\d{4}-\d{2}-\d{2})(?:([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/** "2026-01-11", "2026-01-11T08:00:00Z", "now", or an age such as "2h" -> milliseconds since 1970. Without a zone it is UTC. */
export const parseMoment =
  (now: () => number) =>
  (text: string): number => {
    const age = text === 'now' ? 0 : durationOf(text);
    if (age !== null) return now() - age;
    const [, day = '', clock = 'T00:00', zone = 'Z'] = moment.exec(text) ?? [];
    // JavaScript takes 30 February for 2 March, and 1 for a day in 2001 of the machine's own zone.
    const time = isDay(day) ? Date.parse(`${day}T${clock.slice(1)}${zone}`) : Number.NaN;
    if (Number.isNaN(time))
      throw new InvalidArgumentError('Expected a UTC date or time such as 2026-01-11 or 2026-01-11T08:00Z, or an age such as 2h.');
    return time;
  };

/** A whole number from `minimum` to `maximum`. */
export const parseWhole =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    const right = /^-?\d+$/.test(text) && value >= minimum && value <= maximum;
    if (!right) throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
    return value;
  };

/** A calendar date, kept as text. */
export function parseDate(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError('Expected a date such as 2026-01-11.');
  return text;
}
