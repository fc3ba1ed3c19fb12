import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../src/domain/errors.ts';
import { faultFields } from '../../src/runtime/fault.ts';
import { within } from '../../src/runtime/patience.ts';
import { repeat } from '../../src/runtime/repeat.ts';
import { eventually } from '../support/eventually.ts';

const quiet = { debug: () => {}, info: () => {}, error: () => {} };

describe('work that is repeated', () => {
  it('goes on after a failure, which is logged, and ends when it is told to', async () => {
    const warnings: object[] = [];
    let runs = 0;
    const stop = repeat(
      'the work',
      async () => {
        runs += 1;
        if (runs === 2) throw new Error('away');
      },
      1,
      { ...quiet, warn: (fields, message) => warnings.push({ ...fields, message }) },
    );
    await eventually(() => expect(runs).toBeGreaterThan(3), 5000, 1);
    await stop();
    const after = runs;
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toBe(after);
    expect(warnings).toEqual([{ error: 'Error: away', message: 'the work: not possible now, trying again' }]);
  });

  it('lets what is under way come to its end', async () => {
    const gate = Promise.withResolvers<void>();
    let ended = false;
    const work = async (): Promise<void> => {
      await gate.promise;
      ended = true;
    };
    const stop = repeat('the work', work, 1, { ...quiet, warn: () => {} });
    const stopped = stop();
    gate.resolve();
    await stopped;
    expect(ended).toBe(true);
  });
});

describe('a failure in the log', () => {
  it('says where, when it is a fault of the program and no outage', () => {
    expect(faultFields(new Error('connect ECONNREFUSED'))).toEqual({ error: 'Error: connect ECONNREFUSED' });
    expect(faultFields(new RangeError('Invalid time value'))).toMatchObject({
      error: 'RangeError: Invalid time value',
      stack: expect.stringContaining('repeat.test.ts'),
    });
    expect(faultFields('gone')).toEqual({ error: 'gone' });
  });
});

describe('patience', () => {
  it('ends with an outage, for what is late as for what fails', async () => {
    expect(await within(Promise.resolve(7), 100, 'it')).toBe(7);
    await expect(within(new Promise(() => {}), 5, 'it does not answer')).rejects.toMatchObject({
      code: 'unavailable',
      message: 'it does not answer: no answer within 0.005 s',
    });
    await expect(within(Promise.reject(new Error('broken')), 100, 'it')).rejects.toMatchObject({
      code: 'unavailable',
      message: 'it: broken',
    });
    await expect(within(Promise.reject(new ImpactError('conflict', 'own')), 100, 'it')).rejects.toMatchObject({ code: 'conflict' });
  });
});
