/** Times as requests state them. Each function names the field at fault. */

import type { Config } from '../config.ts';
import { ImpactError, type Problem } from '../domain/errors.ts';
import { expired, type Retention, type TierRange } from '../domain/tier.ts';
import { dayAt, isDay, isZone, startOfDay } from '../domain/zone.ts';

/** Thrown for input that has the right form and cannot be right all the same. */
export function refuse(detail: string, ...problems: Problem[]): never {
  throw new ImpactError('bad_request', detail, { problems });
}

/** The zone that a request asks for, else the installation's. */
export function zoneOf(asked: string | undefined, config: Pick<Config, 'timeZone'>): string {
  if (asked === undefined) return config.timeZone;
  return isZone(asked)
    ? asked
    : refuse('there is no such time zone', {
        field: 'timeZone',
        value: asked,
        expected: 'an IANA time zone, for example America/New_York',
      });
}

/** Events are never older, and ClickHouse's DateTime ends in 2106. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** "2026-01-11" is the begin of that day in the zone, anything longer an instant; ms. Refuses times that no event can have. */
export function instantOf(text: string, zone: string, field: string): number {
  const at = text.length === 10 ? startOfDay(zone, text) : Date.parse(text);
  if (at >= EARLIEST && at <= LATEST) return at;
  return refuse('no event can be of that time', {
    field,
    value: text,
    expected: 'a time from 2000 to 2099, for example 2026-01-11T09:00:00Z',
  });
}

/** A day that has begun. */
export function pastDay(text: string, zone: string, now: number): string {
  const today = dayAt(zone, now);
  if (!isDay(text) || text < '2000-01-01' || text > today)
    refuse('there are no figures for that day', {
      field: 'date',
      value: text,
      expected: `a day from 2000-01-01 to ${today}, for example ${today}`,
    });
  return text;
}

/** How long each tier is kept, by configuration. */
export function retentionOf(config: Pick<Config, 'retentionMinuteDays' | 'retentionHourDays'>): Retention {
  return { '1m': config.retentionMinuteDays, '1h': config.retentionHourDays, '1d': null };
}

const tierNames = { '1m': 'minute', '1h': 'hour', '1d': 'day' } as const;

/** Refuses a question to rollups that are no longer kept: a sum over half of them would look like an answer. */
export function requireKept(ranges: readonly TierRange[], config: Config, now: number, field: string): void {
  const gone = expired(ranges, retentionOf(config), now);
  if (gone === null) return;
  const keptFrom = new Date(gone.keptFrom).toISOString();
  const detail = `this needs ${tierNames[gone.range.tier]} rollups, which are kept from ${keptFrom} on; longer steps and days in UTC reach further back`;
  refuse(detail, { field, value: new Date(gone.range.from).toISOString(), expected: `${keptFrom} or later` });
}
