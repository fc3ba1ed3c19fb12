import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../src/domain/errors.ts';
import { backoffMs, persist } from '../../src/runtime/backoff.ts';

const outage = new ImpactError('unavailable', 'gone');

describe('waiting out an outage', () => {
  it('waits longer each time, up to five seconds', () => {
    expect([0, 1, 2, 10, 1000].map((attempt) => backoffMs(attempt, 0.9999))).toEqual([
      expect.closeTo(100, 0),
      expect.closeTo(200, 0),
      expect.closeTo(400, 0),
      expect.closeTo(5000, 0),
      expect.closeTo(5000, 0),
    ]);
    expect(backoffMs(0, 0)).toBe(50);
  });

  it('says what it waits for, and when it is over', async () => {
    const said: (string | null)[] = [];
    let failures = 2;
    const result = await persist(async () => (failures-- > 0 ? Promise.reject(outage) : 'done'), {
      signal: new AbortController().signal,
      onWait: (error) => said.push(error?.message ?? null),
    });
    expect([result, said]).toEqual(['done', ['gone', 'gone', null]]);
  });

  it('does not wait for what waiting cannot mend, nor after it was told to stop', async () => {
    const said: unknown[] = [];
    const options = { signal: new AbortController().signal, onWait: (error: Error | null) => said.push(error) };
    await expect(persist(() => Promise.reject(new Error('bug')), options)).rejects.toThrow('bug');
    await expect(persist(() => Promise.reject(outage), { ...options, signal: AbortSignal.abort() })).rejects.toThrow('gone');
    expect(said).toEqual([]);
  });
});
