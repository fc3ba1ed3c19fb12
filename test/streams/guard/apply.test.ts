import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../../src/domain/errors.ts';
import { changeOf } from '../../../src/domain/flags/change.ts';
import type { Flag } from '../../../src/domain/flags/flag.ts';
import { guardPlanOf } from '../../../src/domain/guard/plan.ts';
import { rollbackOf } from '../../../src/domain/guard/rollback.ts';
import type { FlagStore } from '../../../src/query/flags/store.ts';
import { applyRollback, createApplier } from '../../../streams/guard/apply.ts';
import { eventually } from '../../support/eventually.ts';
import { definitionOf, storedFlag } from '../../support/guard-load.ts';

const flag = storedFlag(definitionOf());
const harm = {
  guardrail: 'request_error',
  test: 'control' as const,
  control: { n: 50, mean: 0.01 },
  treatment: { n: 60, mean: 0.3 },
  effect: 0.29,
  interval: null,
  pValue: 0.001,
  eValue: 1000,
  alpha: 0.01,
  reason: 'It fails.',
};
const rollback = rollbackOf({ flag, plan: guardPlanOf(flag), since: 1, startedAt: 0, exposures: { control: 0, treatment: 0 } }, [harm], 5);

/** Flags as a store has them, in the memory of a test: the fold of their changes. */
function storeOf(first: Flag | null) {
  const history: ReturnType<typeof changeOf>[] = [];
  const state = { flag: first, away: false, recorded: true };
  const step = (after: Flag | null, version: number, author: Parameters<FlagStore['update']>[3]): void => {
    history.unshift(changeOf(String(version), { before: state.flag, after }, version, author, 0));
    state.flag = after;
  };
  const here = <T>(value: T): Promise<T> =>
    state.away ? Promise.reject(new ImpactError('unavailable', 'Redis does not answer')) : Promise.resolve(value);
  return {
    state,
    history: async () => (state.recorded ? history : []),
    get: async () => here(state.flag),
    async update(
      _: string,
      edit: (flag: Flag) => object,
      expected: number | null,
      author: Parameters<FlagStore['update']>[3],
    ): Promise<Flag> {
      const present = (await here(state.flag)) as Flag;
      expect(present.version).toBe(expected);
      step({ ...present, ...edit(present), version: present.version + 1 }, present.version + 1, author);
      return state.flag as Flag;
    },
    /** What somebody does. */
    change(changes: Partial<Flag> | null): void {
      const version = (state.flag?.version ?? 0) + 1;
      step(changes === null ? null : ({ ...(state.flag as Flag), ...changes, version } as Flag), version, { by: 'ana', reason: 'so' });
    },
  };
}

describe('a rollback', () => {
  it('switches the feature off, says why, and is the same when it is applied again', async () => {
    const store = storeOf(flag);
    expect(await applyRollback(store, rollback)).toEqual({ version: 2, applied: true });
    expect(store.state.flag).toMatchObject({ stage: 'disabled', version: 2 });
    expect((await store.history())[0]).toMatchObject({
      by: 'guard',
      reason: 'error-rate spike: It fails.',
      evidence: { rollbackId: rollback.rollbackId },
    });
    expect(await applyRollback(store, rollback)).toEqual({ version: 2, applied: true });
    store.change({ stage: 'beta_10' });
    expect(await applyRollback(store, rollback)).toEqual({ version: 2, applied: true });
    expect(store.state.flag?.stage).toBe('beta_10');
  });

  it('is applied although somebody has edited the flag, or moved it between percentages, meanwhile', async () => {
    const store = storeOf(flag);
    store.change({ description: 'better' });
    store.change({ stage: 'beta_25' });
    expect(await applyRollback(store, rollback)).toEqual({ version: 4, applied: true });
  });

  it.each<[string, (store: ReturnType<typeof storeOf>) => void]>([
    ['ended', (store) => store.change({ stage: 'internal' })],
    ['archived', (store) => store.change({ archived: true })],
    ['deleted', (store) => store.change(null)],
    [
      'begun anew',
      (store) => {
        store.change({ stage: 'disabled' });
        store.change({ stage: 'beta_50' });
      },
    ],
  ])('leaves alone what somebody has %s since', async (_, happen) => {
    const store = storeOf(flag);
    happen(store);
    const before = store.state.flag;
    expect(await applyRollback(store, rollback)).toEqual({ version: 1, applied: false });
    expect(store.state.flag).toBe(before);
  });

  it('waits for the audit when the flag has changed', async () => {
    const store = storeOf(flag);
    store.change({ description: 'better' });
    store.state.recorded = false;
    await expect(applyRollback(store, rollback)).rejects.toThrow('the audit of the flag is not complete yet');
  });
});

describe('the applier', () => {
  it('tries again until it succeeds, tells why it waits, and then does nothing any more', async () => {
    const store = storeOf(flag);
    const clock = { now: 0 };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const applier = createApplier({ flags: store, log, metrics: { count() {}, set() {}, observe() {} }, now: () => clock.now });
    store.state.away = true;
    expect(applier.settle(rollback)).toBeNull();
    await eventually(() => expect(applier.waiting()).toEqual([{ flagId: flag.id, problem: 'Redis does not answer' }]));
    store.state.away = false;
    // Too early: not asked again at once.
    expect(applier.settle(rollback)).toBeNull();
    clock.now = 10_000;
    await eventually(() => expect(applier.settle(rollback)).toEqual({ version: 2, applied: true }));
    expect(applier.waiting()).toEqual([]);
    store.change({ stage: 'beta_10' });
    expect(applier.settle(rollback)).toEqual({ version: 2, applied: true });
    expect(store.state.flag?.stage).toBe('beta_10');
  });
});
