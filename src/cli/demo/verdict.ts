/** What the demonstration promises, and whether it came true. */
import pc from 'picocolors';
import { usdOfMicros } from '../../domain/roi.ts';
import type { DayTotal, Difference } from '../../domain/totals.ts';
import { whole } from '../money.ts';
import { differenceLines } from './report.ts';
import type { Watch } from './watch.ts';

/** One promise. `details` say what is wrong. */
export type Promised = { what: string; kept: boolean; details: string[] };

/** The alerts of the incident. */
export function alertPromises(watch: Pick<Watch, 'fired' | 'resolved'>, rules: readonly { id: string; title: string }[]): Promised[] {
  return rules.map(({ id, title }) => {
    const details = watch.fired(id) ? ['it fired, but did not resolve'] : ['it did not fire'];
    const kept = watch.resolved(id);
    return { what: `alert "${title}" fired and resolved`, kept, details: kept ? [] : details };
  });
}

/** The books of both sides. */
export function booksPromise(stored: readonly DayTotal[], found: readonly Difference[]): Promised {
  const sum = (figure: 'events' | 'measurements' | 'valueUsdMicros'): number => stored.reduce((total, row) => total + row[figure], 0);
  const net = usdOfMicros(sum('valueUsdMicros'));
  const what = `stored as sent: ${whole(sum('events'))} events, ${whole(sum('measurements'))} values, net ${net} USD, by day, tenant and feature`;
  return {
    what: found.length === 0 ? what : 'what is stored differs from what was sent',
    kept: found.length === 0,
    details: differenceLines(found),
  };
}

/** The API, asked as a user would. */
export async function apiPromise(url: string, token: string): Promise<Promised> {
  const what = 'the API answers';
  const address = `${url}/api/v1/business-impact/current`;
  try {
    const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    return {
      what,
      kept: response.ok,
      details: response.ok ? [] : [`${address} answered ${response.status}: ${(await response.text()).slice(0, 300)}`],
    };
  } catch (error) {
    return { what, kept: false, details: [`${address}: ${(error as Error).message}`] };
  }
}

/** One line for each promise, with what is wrong below it. */
export function promiseLines(promises: readonly Promised[], colour: boolean): string {
  const colours = pc.createColors(colour);
  return promises
    .flatMap(({ what, kept, details }) => [
      `  ${kept ? colours.green('✓') : colours.red('✗')} ${what}`,
      ...details.map((detail) => `      ${detail}`),
    ])
    .join('\n');
}
