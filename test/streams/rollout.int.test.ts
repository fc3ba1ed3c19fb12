/** Rollouts on the real components: led by evidence, taken over after a death, and giving way to others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionOf } from '../../src/domain/flags/flag.ts';
import type { RolloutStage } from '../../src/domain/flags/stage.ts';
import { starts } from '../../src/main/stages.ts';
import { eventually } from '../support/eventually.ts';
import { by, openRolloutPlans, type RolloutPlans } from '../support/rollout-plans.ts';

const short = { approval: 'automatic', steps: [{ stage: 'internal', minimumDays: 0 }, 'ga'] };
const start = { kind: 'start' } as const;

let world: RolloutPlans;
beforeAll(async () => {
  world = await openRolloutPlans();
}, 60_000);
afterAll(() => world?.close());

const stagesOf = async (id: string): Promise<(string | undefined)[]> =>
  (await world.flags.history(id)).map(({ after }) => after?.stage).reverse();
const stepsOf = async (id: string) => (await world.rollouts.history(id)).map(({ kind, outcome }) => `${kind} ${outcome}`).reverse();
const statusOf = async (id: string) => (await world.rollouts.get(id))?.state.status;
const setStage = (id: string, stage: RolloutStage, author = by) =>
  world.flags.update(id, (flag) => ({ ...definitionOf(flag), stage }), null, author);

describe('the stage', () => {
  it('leads a feature from internal testing to everybody by what was measured, and tells every step', async () => {
    const gates = ['roi_positive', 'significance', 'metrics_stable'];
    const steps = [
      { stage: 'internal', minimumDays: 0 },
      { stage: 'beta_10', minimumDays: 0 },
      { stage: 'beta_50', minimumDays: 0, gates },
      { stage: 'ga', gates: ['roi_meets_target'] },
    ];
    await world.planned('checkout', { approval: 'automatic', metrics: ['happiness'], steps }, { roiTargetUsd: 50 });
    const stage = await starts.rollout?.(world.adapters);
    try {
      await world.rollouts.command('checkout', start, null, by);
      await eventually(async () => {
        const rollout = await world.rollouts.get('checkout');
        expect(rollout).toMatchObject({ state: { stage: 'beta_10' }, evaluation: { says: expect.stringContaining('significance') } });
      });
      await world.visited('checkout', 600);
      await eventually(async () => expect(await world.flags.get('checkout')).toMatchObject({ stage: 'beta_50' }));
      await world.visited('checkout', 600);
      await eventually(async () => expect(await statusOf('checkout')).toBe('complete'));
      expect(stage?.health()).toEqual({ ready: true, reasons: [] });
    } finally {
      await stage?.stop();
    }
    expect(await stagesOf('checkout')).toEqual(['disabled', 'internal', 'beta_10', 'beta_50', 'ga']);
    expect(await stepsOf('checkout')).toEqual(['planned done', 'started done', 'advanced done', 'advanced done', 'advanced done']);
    const [last, toHalf] = await world.rollouts.history('checkout');
    expect(last?.gates.find(({ gate }) => gate === 'roi_meets_target')).toMatchObject({ met: true, figures: { roiTargetUsd: 50 } });
    expect(toHalf).toMatchObject({ by: 'rollout', from: 'beta_10', to: 'beta_50' });
    const significance = toHalf?.gates.find(({ gate }) => gate === 'significance');
    expect(significance).toMatchObject({
      met: true,
      figures: { metric: 'happiness', controlN: expect.any(Number), low: expect.any(Number) },
    });
    await eventually(() => expect(world.told.records.filter(({ flagId }) => flagId === 'checkout')).toHaveLength(6));
    const kinds = world.told.records.filter(({ flagId }) => flagId === 'checkout').map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'stage_changed')).toHaveLength(4);
    expect(kinds).toContain('rollout_planned');
    const told = world.told.records.find(({ flagId, stageAfter }) => flagId === 'checkout' && stageAfter === 'beta_50');
    expect(JSON.parse(told?.evidence ?? '')).toMatchObject({
      rollout: { kind: 'advanced' },
      experiment: { units: {} },
      gates: toHalf?.gates,
    });
  });
});

describe('a step is made once', () => {
  it('by however many that look at the same time', async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `raced_${i}`);
    await Promise.all(ids.map((id) => world.planned(id, short)));
    await Promise.all(ids.map((id) => world.rollouts.command(id, start, null, by)));
    for (let round = 0; round < 4; round++)
      await Promise.all(
        Array.from({ length: 3 }, () => world.rollouts.evaluate().catch((error: Error) => expect(error.message).toContain('raced'))),
      );
    for (const id of ids) {
      expect([await statusOf(id), await stagesOf(id)]).toEqual(['complete', ['disabled', 'internal', 'ga']]);
      expect(await stepsOf(id)).toEqual(['planned done', 'started done', 'advanced done']);
    }
  });

  it.each(['rollout.after-record', 'rollout.after-change'])('also when the process dies, %s', async (point) => {
    const id = point.replace(/\W/g, '_');
    await world.planned(id, short);
    await world.rollouts.command(id, start, null, by);
    expect(await world.killedAt(point)).toBe('SIGKILL');
    expect(await world.rollouts.get(id)).toMatchObject({ state: { pending: { to: 'ga' }, stage: 'internal' } });
    expect(await world.flags.get(id)).toMatchObject({ stage: point.endsWith('record') ? 'internal' : 'ga' });
    await world.rollouts.evaluate();
    await world.rollouts.evaluate();
    expect([await statusOf(id), await stagesOf(id)]).toEqual(['complete', ['disabled', 'internal', 'ga']]);
    expect(await stepsOf(id)).toEqual(['planned done', 'started done', 'advanced done']);
  });

  it('and given up when somebody has changed the flag before the next process finds it', async () => {
    await world.planned('overtaken', short);
    await world.rollouts.command('overtaken', start, null, by);
    expect(await world.killedAt('rollout.after-record')).toBe('SIGKILL');
    await setStage('overtaken', 'beta_10');
    await world.rollouts.evaluate();
    expect(await stepsOf('overtaken')).toEqual(['planned done', 'started done', 'advanced overtaken', 'paused done']);
    expect(await world.rollouts.get('overtaken')).toMatchObject({ state: { status: 'paused', stage: 'beta_10', pending: null } });
    expect(await stagesOf('overtaken')).toEqual(['disabled', 'internal', 'beta_10']);
  });
});

describe('a rollout gives way', () => {
  const slow = { approval: 'automatic', metrics: ['happiness'], steps: ['beta_10', 'beta_25', 'ga'] };

  it('to a rollback of the guard, whose reason it takes over', async () => {
    await world.planned('guarded', slow);
    await world.rollouts.command('guarded', start, null, by);
    const evidence = { rollbackId: 'guarded:2', reason: 'error-rate spike', effect: 0.04 };
    await setStage('guarded', 'disabled', { by: 'guard', reason: 'error-rate spike: 7 %', ...{ evidence } });
    await world.rollouts.evaluate();
    expect(await world.rollouts.get('guarded')).toMatchObject({
      state: { status: 'rolled_back', rollback: 'error_rate_spike', stage: 'disabled' },
    });
    expect((await world.rollouts.history('guarded'))[0]).toMatchObject({ kind: 'rolled_back', by: 'guard' });
  });

  it('to people, and goes on from where they left the flag', async () => {
    await world.planned('meddled', slow);
    await world.rollouts.command('meddled', start, null, by);
    await setStage('meddled', 'beta_25', { by: 'jane', reason: 'more testers' });
    await world.rollouts.evaluate();
    expect(await world.rollouts.get('meddled')).toMatchObject({ state: { status: 'paused', stage: 'beta_25' } });
    const resumed = await world.rollouts.command('meddled', { kind: 'resume' }, null, by);
    expect(resumed.state).toMatchObject({ status: 'running', stage: 'beta_25' });
    const back = await world.rollouts.command('meddled', { kind: 'rollback', cause: 'latency_spike' }, resumed.version, by);
    expect(back.state).toMatchObject({ status: 'rolled_back', rollback: 'latency_spike', stage: 'disabled', pending: null });
    expect((await world.flags.history('meddled'))[0]).toMatchObject({ by: 'a test', evidence: { rollout: { kind: 'rolled_back' } } });
    expect((await world.rollouts.plan('meddled', slow, back.version, by)).run).toBe(2);
  });
});
