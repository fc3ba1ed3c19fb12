import { describe, expect, it } from 'vitest';
import { type Accepted, createTrackers } from '../../src/client/trackers.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import type { EventKind, FeatureEvent } from '../../src/domain/event.ts';
import { payloadRules } from '../../src/domain/fields.ts';
import { stateEvent } from '../../src/domain/statement.ts';
import { type Track, type TrackName, trackedKinds, tracks } from '../../src/domain/track.ts';
import { trackAnswer, trackedEvent } from '../../src/domain/track-event.ts';
import { worthOf } from '../../src/domain/track-worth.ts';
import { NOW, validRecord } from '../support/events.ts';

const limits = { now: NOW, maxFutureMs: 60_000 };
const base = { eventId: '0f8fad5b-d9cb-469f-a165-70867728950e', source: 'a-test', occurredAt: NOW };
const trackOf = (name: TrackName): Track => tracks.find((one) => one.name === name) as Track;
const stated = (name: TrackName, given: object): FeatureEvent =>
  trackedEvent(trackOf(name), { tenantId: 'tenant_123', ...given }, base, limits);

/** The examples of the fields, times in milliseconds as the domain wants them. */
const examplesOf = ({ fields }: Track): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ field, type, example }) => [field, type === 'time' ? NOW - 1000 : example]));

const clientEvent = (name: TrackName, given: object): FeatureEvent => {
  const accept = <K extends EventKind>(kind: K, what: object): Accepted<K> => {
    const made = stateEvent(kind, what, base, limits);
    return made.ok ? made.event : null;
  };
  const client = createTrackers(accept);
  const functions = {
    'response-time': client.trackLeadResponse,
    satisfaction: client.trackPropertyMatch,
    'churn-intervention': client.trackChurnIntervention,
    'coaching-session': client.trackCoachingSession,
    metric: client.recordMetric,
  } satisfies Record<TrackName, unknown>;
  return functions[name](given as never) as unknown as FeatureEvent;
};

const problemsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof ImpactError ? [error.code, ...error.problems.map(({ field }) => field)] : error;
  }
  return [];
};

describe('what can be tracked', () => {
  it.each(tracks.map((track) => [track.name, track] as const))(
    '%s takes every field of its kind, each under a word of its own',
    (name, { fields, kind }) => {
      const names = fields.map(({ field }) => field);
      expect(kind).toBe(trackedKinds[name]);
      expect(payloadRules[kind].map(([field]) => field).filter((field) => !names.includes(field))).toEqual([]);
      expect(new Set(fields.map(({ option }) => option)).size).toBe(fields.length);
    },
  );

  it.each(tracks.map((track) => [track.name, track] as const))('%s states the same event as the function of the client', (name, track) => {
    const given = examplesOf(track);
    expect(trackedEvent(track, given, base, limits)).toEqual(clientEvent(name, given));
  });

  it('fills in who, when and an id, and the feature of a kind that has only one', () => {
    expect(stated('coaching-session', { sessionDurationMinutes: 18, productivityScore: 87 })).toMatchObject({
      ...base,
      featureId: 'ai_coaching',
      userId: null,
      trainingHours: null,
      revision: 0,
    });
  });

  it('says everything that is wrong, foreign fields too', () => {
    const wrong = { tenantId: '', interventionStage: 4, churned: 'no', stage: 2, revision: 1 };
    expect(problemsOf(() => stated('churn-intervention', wrong))).toEqual([
      ...['unprocessable', 'stage', 'revision', 'tenantId', 'interventionStage', 'churned'],
    ]);
  });

  it('refuses an id without its time, which would count again in the next minute', () => {
    const id = { eventId: crypto.randomUUID(), responseTimeSeconds: 1 };
    expect(problemsOf(() => stated('response-time', id))).toEqual(['unprocessable', 'occurredAt']);
    expect(stated('response-time', { ...id, occurredAt: NOW }).eventId).toBe(id.eventId);
  });
});

describe('the worth of what was tracked', () => {
  const worth = (name: TrackName, given: object) => worthOf(stated(name, given));

  it('is that of the product guide', () => {
    expect(worth('response-time', { responseTimeSeconds: 25 })).toEqual({
      valueUsd: '12.152778',
      valueUsdPerYear: null,
      formula: '(900 s - 25 s) x $50/h',
    });
    expect(worth('churn-intervention', { interventionStage: 2, churned: false })).toMatchObject({
      valueUsd: '1050.000000',
      formula: '(35 % - 0 %) x $3,000',
    });
    expect(worth('churn-intervention', { interventionStage: 1, churned: true })).toMatchObject({ valueUsd: '-1950.000000' });
    expect(worth('coaching-session', { sessionDurationMinutes: 18, productivityScore: 87 })).toMatchObject({
      valueUsd: '27.500000',
      formula: '(40 min - 18 min) x $75/h',
    });
  });

  it('of satisfaction is that of a year with this mean', () => {
    expect(worth('satisfaction', { satisfactionScore: 95 })).toEqual({
      valueUsd: null,
      valueUsdPerYear: '35000.000000',
      formula: '(95 - 88) points x $5,000 a year, as the mean of the tenant',
    });
  });

  it('of other metrics is what was stated, or nothing', () => {
    const metric = { featureId: 'my_feature', metric: 'upsell', value: 1 };
    expect(worth('metric', { ...metric, valueUsd: 12.5 })).toEqual({ valueUsd: '12.500000', valueUsdPerYear: null, formula: 'as stated' });
    expect(worth('metric', metric)).toEqual({ valueUsd: null, valueUsdPerYear: null, formula: null });
    const exposure = validRecord('flag-exposures', { kind: 'flag-exposures' }) as unknown as FeatureEvent;
    expect(worthOf(exposure)).toEqual({ valueUsd: null, valueUsdPerYear: null, formula: null });
  });

  it('is told with what the event is known by', () => {
    expect(trackAnswer(stated('response-time', { responseTimeSeconds: 25 }))).toEqual({
      eventId: base.eventId,
      kind: 'lead-intelligence',
      tenantId: 'tenant_123',
      featureId: 'realtime_intelligence',
      occurredAt: new Date(NOW).toISOString(),
      worth: expect.objectContaining({ valueUsd: '12.152778' }),
    });
  });
});
