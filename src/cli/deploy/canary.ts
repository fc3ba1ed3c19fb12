/** One event from the door to the API: a version that answers but stores nothing is not taken for a working one. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudEventOf } from '../../domain/cloudevent.ts';
import { ImpactError } from '../../domain/errors.ts';
import type { FeatureEvent } from '../../domain/event.ts';
import { createToken, revokeToken } from '../../query/tokens.ts';
import type { System } from '../system.ts';
import type { DeployTarget } from './driver.ts';

const TENANT = 'impact_canary';
const TOKEN_LIFE_MS = 1_800_000;
const POLL_MS = 200;

const canaryEvent = (eventId: string, now: number, revision: number): FeatureEvent => ({
  kind: 'custom-metrics',
  eventId,
  revision,
  retracted: revision > 0,
  source: 'impact-deploy',
  occurredAt: now,
  tenantId: TENANT,
  userId: null,
  entityId: null,
  featureId: 'canary',
  variant: null,
  metric: 'canary',
  value: 1,
  valueUsd: null,
  attributes: {},
});

type Door = { url: string; token: string; signal: AbortSignal };

async function ask({ url, token, signal }: Door, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  return fetch(new URL(path, url), { headers, signal: limited, ...sent }).catch((cause: unknown) => {
    throw new ImpactError('unavailable', `the API at ${url} does not answer`, { cause });
  });
}

async function send(door: Door, event: FeatureEvent): Promise<void> {
  const response = await ask(door, '/api/v1/events', cloudEventOf(event));
  if (response.status !== 202)
    throw new ImpactError('unavailable', `the door refused the canary: ${response.status} ${await response.text()}`);
}

async function untilSeen(door: Door, eventId: string, deadline: number): Promise<void> {
  for (;;) {
    const { status } = await ask(door, `/api/v1/events/${eventId}`);
    if (status === 200) return;
    if (Date.now() > deadline)
      throw new ImpactError('unavailable', `the canary was taken in and cannot be seen: the API answers ${status}`);
    await sleep(POLL_MS, undefined, { signal: door.signal });
  }
}

/**
 * Sends an event that is worth nothing, waits until the API shows it, and retracts it.
 * @throws ImpactError `unavailable` saying where it got stuck
 */
export async function flyCanary(system: System, { config, signal }: DeployTarget, now: number): Promise<void> {
  const [eventId, expiresAt] = [randomUUID(), new Date(now + TOKEN_LIFE_MS)];
  // An operator's token both sends and sees, of its own tenant alone.
  const { token, row } = await createToken(system.postgres, { role: 'operator', tenantId: TENANT, name: 'canary of a deploy', expiresAt });
  const door = { url: config.deployApiUrl, token, signal };
  try {
    await send(door, canaryEvent(eventId, now, 0));
    await untilSeen(door, eventId, Date.now() + config.deployReadySeconds * 1000);
    await send(door, canaryEvent(eventId, now, 1));
  } finally {
    await revokeToken(system.postgres, row.id);
  }
}
