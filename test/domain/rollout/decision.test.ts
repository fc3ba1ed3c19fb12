import { describe, expect, it } from 'vitest';
import type { RolloutCommand } from '../../../src/domain/rollout/command.ts';
import { obey } from '../../../src/domain/rollout/command.ts';
import { decideRollout } from '../../../src/domain/rollout/decision.ts';
import { missingOf, type Situation } from '../../../src/domain/rollout/gates.ts';
import { follow, settle } from '../../../src/domain/rollout/move.ts';
import { convincing, DAY, experiment, goal, planOf, START, situation, stateAt, value } from '../../support/rollouts.ts';

const STEP = 9;
const automatic = planOf({ approval: 'automatic' });
const decide = (changes: Partial<Situation> = {}) => decideRollout(situation({ plan: automatic, ...changes }), STEP);
const unconvincing = { experiment: experiment({ action: 'continue', goals: [goal({ pValue: 0.4 })] }), value: value() };
const harmful = (reason: string) => ({ experiment: experiment({ action: 'rollback', reasons: [reason] }), value: null });

describe('an automatic rollout', () => {
  it('goes on to the next stage once every gate is met, and says by which figures', () => {
    const { move, gates } = decide();
    expect(move).toMatchObject({ kind: 'advanced', from: 'beta_10', to: 'beta_25', state: { status: 'running', stage: 'beta_10' } });
    expect(move?.state.pending).toEqual({ to: 'beta_25', flagVersion: 3, step: STEP });
    expect(gates.map(({ gate }) => gate)).toEqual(['minimum_duration', 'minimum_sample', 'no_harm', 'roi_positive', 'significance']);
    expect(move?.gates).toEqual(gates);
  });

  it('waits while one is missing, and says which', () => {
    const { move, says } = decide({ now: START + 6 * DAY });
    expect([move, says]).toEqual([null, 'Missing: minimum duration: 6 of 7 days at beta_10']);
    expect(decide({ evidence: unconvincing })).toMatchObject({ move: null, says: expect.stringContaining('significance') });
  });

  it('pauses when a stage has lasted as long as it may, and waits anew once somebody lets it go on', () => {
    const { move } = decide({ evidence: unconvincing, now: START + 14 * DAY });
    expect(move).toMatchObject({ kind: 'paused', state: { status: 'paused', pending: null } });
    const patient = stateAt({ patientFrom: START + 14 * DAY });
    expect(decide({ evidence: unconvincing, now: START + 20 * DAY, state: patient }).move).toBeNull();
    const undecided = { experiment: experiment({ guardrails: [{ metric: 'm', verdict: 'undecided', n: 9 }] }), value: null };
    expect(decide({ evidence: undecided, now: START + 99 * DAY, state: stateAt({ stage: 'beta_25' }) }).move).toBeNull();
  });

  it.each([
    ['Guardrail request_error is worse', 'error_rate_spike'],
    ['Guardrail request_latency_ms is worse', 'latency_spike'],
    ['Harm to a goal: productivity_score', 'business_metric_drop'],
  ])('goes back when its experiment asks for it: %s', (reason, cause) => {
    expect(decide({ evidence: harmful(reason), now: START }).move).toMatchObject({
      kind: 'rolled_back',
      to: 'disabled',
      reason,
      state: { status: 'rolled_back', rollback: cause, pending: { to: 'disabled', flagVersion: 3, step: STEP } },
    });
  });

  it('does nothing where there is nothing to do', () => {
    for (const status of ['planned', 'paused', 'rolled_back', 'complete'] as const)
      for (const evidence of [convincing, harmful('harm')]) expect(decide({ state: stateAt({ status }), evidence }).move).toBeNull();
    const pending = { to: 'beta_25', flagVersion: 3, step: 4 } as const;
    expect(decide({ state: stateAt({ pending }) }).move).toBeNull();
    expect(decide({ state: stateAt({ stage: 'ga' }) })).toMatchObject({ move: null, gates: [] });
  });

  it('goes on from internal testing with nothing but time', () => {
    const internal = stateAt({ stage: 'internal', rampedAt: null });
    expect(decide({ state: internal, evidence: { experiment: null, value: null }, now: START + DAY }).move).toMatchObject({
      to: 'beta_10',
    });
  });
});

describe('a rollout that asks', () => {
  const plan = planOf();
  it('asks once everything is there, and takes the question back when it is no more', () => {
    const asked = decide({ plan }).move;
    expect(asked).toMatchObject({ kind: 'approval_asked', to: 'beta_10', state: { status: 'waiting_for_approval', pending: null } });
    const waiting = stateAt({ status: 'waiting_for_approval' });
    expect(decide({ plan, state: waiting }).move).toBeNull();
    expect(decide({ plan, state: waiting, evidence: unconvincing }).move).toMatchObject({
      kind: 'approval_withdrawn',
      state: { status: 'running' },
    });
  });

  it('pauses instead of going back by itself', () => {
    expect(decide({ plan, evidence: harmful('harm') }).move).toMatchObject({ kind: 'paused', state: { status: 'paused', rollback: null } });
  });
});

const order = (command: RolloutCommand, changes: Partial<Situation> = {}) => obey(situation(changes), command, 'because', STEP);
const refused = (command: RolloutCommand, changes: Partial<Situation> = {}): unknown => {
  try {
    return order(command, changes);
  } catch (error) {
    return error;
  }
};

describe('a command', () => {
  const go = { kind: 'advance', force: false } as const;
  const planned = (stage: 'disabled' | 'internal' | 'beta_25' | 'ga') => ({ state: stateAt({ status: 'planned', stage, rampedAt: null }) });

  it('starts at the first stage, or where the flag is', () => {
    expect(order({ kind: 'start' }, planned('disabled'))).toMatchObject({
      kind: 'started',
      to: 'internal',
      state: { pending: { to: 'internal' } },
    });
    const now = START + DAY;
    expect(order({ kind: 'start' }, { ...planned('beta_25'), now })).toMatchObject({
      kind: 'started',
      state: { status: 'running', stage: 'beta_25', pending: null, rampedAt: now, enteredAt: now },
    });
    expect(order({ kind: 'start' }, planned('internal'))).toMatchObject({ state: { rampedAt: null } });
    expect(order({ kind: 'start' }, planned('ga'))).toMatchObject({ kind: 'completed', state: { status: 'complete' } });
    const short = planOf({ steps: ['beta_10', 'beta_25'], metrics: ['productivity_score'] });
    expect(refused({ kind: 'start' }, { ...planned('internal'), plan: short })).toMatchObject({ code: 'conflict' });
    expect(refused({ kind: 'start' })).toMatchObject({ code: 'conflict', message: expect.stringContaining('is running') });
  });

  it('goes on when all gates are met, and else only when forced, which the audit tells', () => {
    expect(order(go)).toMatchObject({ kind: 'advanced', to: 'beta_25', reason: 'because' });
    const error = refused(go, { evidence: unconvincing, now: START });
    expect(error).toMatchObject({ code: 'unprocessable', problems: [{ field: 'minimum_duration' }, { field: 'significance' }] });
    const forced = order({ kind: 'advance', force: true }, { evidence: unconvincing });
    expect(forced).toMatchObject({ kind: 'forced', to: 'beta_25', reason: expect.stringMatching(/^because \(missing: significance: /) });
    expect(order({ kind: 'advance', force: true })).toMatchObject({ kind: 'advanced', reason: 'because' });
    expect(refused(go, { state: stateAt({ status: 'paused' }) })).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('resume'),
    });
    expect(refused(go, { state: stateAt({ status: 'complete' }) })).toMatchObject({ code: 'conflict' });
    expect(refused(go, { state: stateAt({ stage: 'ga' }) })).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('no stage after ga'),
    });
  });

  it('approves what is asked for, as long as it holds', () => {
    const state = stateAt({ status: 'waiting_for_approval' });
    expect(order({ kind: 'approve' }, { state })).toMatchObject({ kind: 'advanced', to: 'beta_25' });
    expect(refused({ kind: 'approve' }, { state, evidence: unconvincing })).toMatchObject({ code: 'unprocessable' });
    expect(refused({ kind: 'approve' })).toMatchObject({ code: 'conflict', message: expect.stringContaining('no approval') });
  });

  it('pauses, and goes on from where the flag is', () => {
    expect(order({ kind: 'pause' })).toMatchObject({ kind: 'paused', state: { status: 'paused', stage: 'beta_10' } });
    const paused = stateAt({ status: 'paused' });
    expect(refused({ kind: 'pause' }, { state: paused })).toMatchObject({ code: 'conflict' });
    expect(order({ kind: 'resume' }, { state: paused })).toMatchObject({
      kind: 'resumed',
      state: { status: 'running', patientFrom: START + 8 * DAY },
    });
    expect(refused({ kind: 'resume' })).toMatchObject({ code: 'conflict' });
    expect(refused({ kind: 'resume' }, { state: stateAt({ status: 'paused', stage: 'disabled' }) })).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('disabled, which the plan does not have'),
    });
  });

  it('rolls back from wherever it is', () => {
    for (const status of ['running', 'waiting_for_approval', 'paused'] as const)
      expect(order({ kind: 'rollback', cause: 'latency_spike' }, { state: stateAt({ status }) })).toMatchObject({
        kind: 'rolled_back',
        to: 'disabled',
        state: { status: 'rolled_back', rollback: 'latency_spike', pending: { to: 'disabled' } },
      });
    expect(order({ kind: 'rollback', cause: 'manual' }, { state: stateAt({ stage: 'disabled' }) })).toMatchObject({
      state: { pending: null },
    });
    expect(refused({ kind: 'rollback', cause: 'manual' }, planned('disabled'))).toMatchObject({ code: 'conflict' });
  });
});

describe('a plan gives way', () => {
  const by = { by: 'jane', reason: 'a demonstration', cause: null, at: START + DAY };
  const at = (stage: 'internal' | 'beta_10' | 'beta_25' | 'disabled') => ({ stage, version: 7, archived: false });

  it('to whoever moves its flag, and pauses', () => {
    const move = follow(automatic, stateAt(), at('beta_25'), by);
    expect(move).toMatchObject({
      kind: 'paused',
      to: 'beta_25',
      state: { status: 'paused', stage: 'beta_25', flagVersion: 7, enteredAt: by.at },
    });
    expect(move?.reason).toBe('jane changed the flag from beta_10 to beta_25: a demonstration');
    expect(follow(automatic, stateAt({ stage: 'beta_25' }), at('beta_10'), by)).toMatchObject({ kind: 'paused' });
    // A percentage that somebody else gave begins the experiment as well.
    const internal = stateAt({ stage: 'internal', rampedAt: null });
    expect(follow(automatic, internal, at('beta_10'), by)).toMatchObject({ state: { rampedAt: by.at } });
    // Away and back: what was measured is no longer of one piece.
    expect(follow(automatic, stateAt(), at('beta_10'), by)).toMatchObject({ kind: 'paused' });
  });

  it('to whoever takes the feature back, and is over', () => {
    expect(follow(automatic, stateAt(), at('disabled'), by)).toMatchObject({
      kind: 'rolled_back',
      state: { status: 'rolled_back', rollback: 'manual' },
    });
    expect(follow(automatic, stateAt(), at('internal'), by)).toMatchObject({ kind: 'rolled_back' });
    const guard = { ...by, by: 'guard', cause: 'error_rate_spike' } as const;
    expect(follow(automatic, stateAt(), at('disabled'), guard)).toMatchObject({ state: { rollback: 'error_rate_spike' } });
    expect(follow(automatic, stateAt(), null, null)).toMatchObject({ kind: 'rolled_back', reason: 'the flag was deleted' });
  });

  it('to an archived flag, and not to an edit', () => {
    expect(follow(automatic, stateAt(), { ...at('beta_10'), archived: true }, null)).toMatchObject({ kind: 'paused' });
    expect(follow(automatic, stateAt({ status: 'paused' }), { ...at('beta_10'), archived: true }, null)).toBeNull();
    expect(follow(automatic, stateAt(), at('beta_10'), null)).toBeNull();
    expect(follow(automatic, stateAt({ status: 'complete' }), at('disabled'), by)).toBeNull();
  });
});

describe('a pending change', () => {
  const pending = { to: 'beta_10', flagVersion: 2, step: 4 } as const;
  const done = { version: 3, at: START + DAY };

  it('is over when the flag has it', () => {
    const before = stateAt({ stage: 'internal', rampedAt: null, pending });
    expect(settle(automatic, before, done)).toMatchObject({
      status: 'running',
      stage: 'beta_10',
      flagVersion: 3,
      enteredAt: done.at,
      rampedAt: done.at,
      pending: null,
    });
    const last = stateAt({ stage: 'beta_50', pending: { ...pending, to: 'ga' } });
    expect(settle(automatic, last, done)).toMatchObject({ status: 'complete', stage: 'ga', rampedAt: START });
    const back = stateAt({ status: 'rolled_back', pending: { ...pending, to: 'disabled' } });
    expect(settle(automatic, back, done)).toMatchObject({ status: 'rolled_back', stage: 'disabled', pending: null });
  });

  it('is over when others were quicker: nothing has happened', () => {
    expect(settle(automatic, stateAt({ pending }), null)).toEqual(stateAt());
    expect(settle(automatic, stateAt(), done)).toEqual(stateAt());
    const back = stateAt({ status: 'rolled_back', pending: { ...pending, to: 'disabled' } });
    expect(settle(automatic, back, null)).toMatchObject({ status: 'rolled_back', stage: 'disabled', pending: null });
  });

  it('of a move never hides a missing gate', () => {
    expect(missingOf(decide().gates)).toEqual([]);
  });
});
