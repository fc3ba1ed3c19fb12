import { describe, expect, it } from 'vitest';
import {
  circuitAfter,
  closedCircuit,
  isTransient,
  type Outcome,
  retryAfterMs,
  retryWaitMs,
  verdictOf,
} from '../../../src/domain/notify/send.ts';

const NOW = Date.UTC(2026, 0, 11);
const failed: Outcome = { kind: 'retry', status: 500, error: 'no' };
const policy = { attempts: 5, firstMs: 1_000 };

describe('a message that was not taken', () => {
  it('is tried again after a wait that triples up to an hour, less up to half by chance', () => {
    expect([1, 2, 3, 20].map((attempt) => retryWaitMs(attempt, 1_000, 0))).toEqual([1_000, 3_000, 9_000, 3_600_000]);
    expect(retryWaitMs(1, 1_000, 0.999)).toBe(500);
  });

  it('waits for as long as its receiver asks, but not for ever', () => {
    const asked = (retryAfterMs: number) => verdictOf({ ...failed, retryAfterMs }, 1, policy, 0);
    expect(asked(60_000)).toEqual({ state: 'pending', waitMs: 60_000 });
    expect(asked(10)).toEqual({ state: 'pending', waitMs: 1_000 });
    expect(asked(1e12)).toEqual({ state: 'pending', waitMs: 6 * 3_600_000 });
  });

  it('is given up after its last attempt, or at once when it is refused', () => {
    expect(verdictOf(failed, 5, policy, 0)).toEqual({ state: 'dead' });
    expect(verdictOf({ kind: 'refused', status: 400, error: 'no' }, 1, policy, 0)).toEqual({ state: 'dead' });
    expect(verdictOf({ kind: 'gone', status: 410, error: 'no' }, 1, policy, 0)).toEqual({ state: 'dead' });
    expect(verdictOf({ kind: 'skipped', error: 'off' }, 1, policy, 0)).toEqual({ state: 'skipped' });
    expect(verdictOf({ kind: 'sent', status: 200 }, 9, policy, 0)).toEqual({ state: 'sent' });
  });
});

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    expect(retryAfterMs('30', NOW)).toBe(30_000);
    expect(retryAfterMs(new Date(NOW + 5_000).toUTCString(), NOW)).toBe(5_000);
    expect(retryAfterMs(new Date(NOW - 5_000).toUTCString(), NOW)).toBe(0);
  });

  it('that says nothing usable is none', () => {
    expect([null, undefined, '', 'soon'].map((one) => retryAfterMs(one, NOW))).toEqual(Array.from({ length: 4 }, () => undefined));
  });
});

it('a status is worth another attempt when the fault may pass', () => {
  expect([200, 301, 400, 401, 404, 408, 425, 429, 500, 503].filter(isTransient)).toEqual([408, 425, 429, 500, 503]);
});

describe('a receiver that fails', () => {
  const failing = (n: number) =>
    Array.from({ length: n }).reduce<typeof closedCircuit>((circuit) => circuitAfter(circuit, failed, NOW), closedCircuit);

  it('is left alone after some failures in a row, for longer and longer', () => {
    expect([1, 4, 5, 6, 30].map((n) => failing(n).until - NOW)).toEqual([0, 0, 5_000, 10_000, 300_000]);
  });

  it('is as before once it takes something, or refuses it for good', () => {
    expect(circuitAfter(failing(9), { kind: 'sent', status: 200 }, NOW)).toEqual(closedCircuit);
    expect(circuitAfter(failing(9), { kind: 'refused', status: 400, error: '' }, NOW)).toEqual(closedCircuit);
  });

  it('that says it has too much is left alone for as long as it asks', () => {
    expect(circuitAfter(closedCircuit, { kind: 'retry', status: 429, error: '', retryAfterMs: 30_000 }, NOW).until).toBe(NOW + 30_000);
  });
});
