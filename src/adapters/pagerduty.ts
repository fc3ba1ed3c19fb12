/** PagerDuty's Events API v2. */
import type { PagerDutyPayload } from '../domain/notify/payload.ts';
import type { Outcome } from '../domain/notify/send.ts';
import { outcomeOf, postJson, unanswered } from '../runtime/http-post.ts';

/** `keys`: the routing key of each service by its name. */
export type PagerDutySettings = { url: string; keys: Readonly<Record<string, string>>; timeoutMs: number };

const paths = { alert: '/v2/enqueue', change: '/v2/change/enqueue' } as const;

/** @returns a function that sends one event to the service of this name */
export function createPagerDuty({ url, keys, timeoutMs }: PagerDutySettings, now: () => number) {
  return async (service: string, { kind, event }: PagerDutyPayload): Promise<Outcome> => {
    const key = keys[service] ?? '';
    if (key === '') return { kind: 'skipped', error: `there is no routing key of the PagerDuty service ${service}` };
    try {
      return outcomeOf(await postJson(`${url}${paths[kind]}`, { routing_key: key, ...event }, {}, timeoutMs), now());
    } catch (error) {
      return unanswered(error);
    }
  };
}
