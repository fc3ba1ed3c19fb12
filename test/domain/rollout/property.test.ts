/** Whatever people do, whatever is measured and however long it takes: a plan goes one stage at a time, through its gates, and not while it is paused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../../src/domain/errors.ts';
import { rolloutStages } from '../../../src/domain/fields.ts';
import { type RolloutStage, treatedShare } from '../../../src/domain/flags/stage.ts';
import { obey, type RolloutCommand } from '../../../src/domain/rollout/command.ts';
import { decideRollout } from '../../../src/domain/rollout/decision.ts';
import { missingOf, type Situation } from '../../../src/domain/rollout/gates.ts';
import { follow, type Move, settle } from '../../../src/domain/rollout/move.ts';
import { isOpen, nextStep, type RolloutPlan, type RolloutState } from '../../../src/domain/rollout.ts';
import { convincing, DAY, experiment, goal, planOf, START, stateAt, value } from '../../support/rollouts.ts';

const evidences = fc.record({
  experiment: fc.option(
    fc
      .record({
        action: fc.constantFrom('roll_forward' as const, 'continue' as const, 'rollback' as const),
        withheld: fc.constantFrom(false, false, false, true),
        units: fc.record({ control: fc.constantFrom(0, 29, 30, 500), treatment: fc.constantFrom(0, 30, 500) }),
        goals: fc.constantFrom([goal()], [goal({ pValue: 0.3 })], [goal({ effect: -1 })], []),
        guardrails: fc
          .constantFrom('not_inferior' as const, 'undecided' as const, 'inferior' as const)
          .map((verdict) => [{ metric: 'm', verdict, n: 9 }]),
      })
      .map(experiment),
    { freq: 6 },
  ),
  value: fc.option(
    fc.record({ incrementalUsd: fc.constantFrom(-5, 400, 5000), projectedUsdPerYear: fc.constantFrom(0, 60_000) }).map(value),
    {
      freq: 6,
    },
  ),
});

const commands: fc.Arbitrary<RolloutCommand> = fc.oneof(
  fc.constantFrom('start' as const, 'approve' as const, 'pause' as const, 'resume' as const).map((kind) => ({ kind })),
  fc.constantFrom(false, false, true).map((force) => ({ kind: 'advance' as const, force })),
  fc.constant({ kind: 'rollback' as const, cause: 'manual' as const }),
);

type Event =
  | { does: 'look' | 'apply' | 'lose' }
  | { does: 'wait'; days: number }
  | { does: 'measure'; evidence: Situation['evidence'] }
  | { does: 'command'; command: RolloutCommand }
  | { does: 'meddle'; stage: RolloutStage };

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ does: 'look' as const }) },
  { weight: 5, arbitrary: fc.constant({ does: 'apply' as const }) },
  { weight: 1, arbitrary: fc.constant({ does: 'lose' as const }) },
  { weight: 4, arbitrary: fc.constantFrom(0.5, 1, 7, 7, 15).map((days) => ({ does: 'wait' as const, days })) },
  { weight: 3, arbitrary: fc.oneof(fc.constant(convincing), evidences).map((evidence) => ({ does: 'measure' as const, evidence })) },
  { weight: 3, arbitrary: commands.map((command) => ({ does: 'command' as const, command })) },
  { weight: 1, arbitrary: fc.constantFrom(...rolloutStages).map((stage) => ({ does: 'meddle' as const, stage })) },
);

const plans = fc.record({
  approval: fc.constantFrom('manual' as const, 'automatic' as const),
  steps: fc.constantFrom(undefined, ['beta_10', 'beta_50', 'ga'], ['internal', 'beta_25']),
});

/** A flag, a rollout of it and nobody else, as the store joins them. */
class World {
  readonly plan: RolloutPlan;
  state: RolloutState;
  flag = { stage: 'disabled' as RolloutStage, version: 1, archived: false };
  evidence: Situation['evidence'] = convincing;
  now = START;
  version = 1;
  moved: RolloutStage | null = null;
  applied: { move: Move; grew: boolean }[] = [];
  move: Move | null = null;

  constructor(plan: RolloutPlan) {
    this.plan = plan;
    this.state = stateAt({ status: 'planned', stage: 'disabled', flagVersion: 1, rampedAt: null });
  }

  take(move: Move | null): void {
    if (move === null) return;
    if (move.kind === 'advanced') expect(missingOf(move.gates)).toEqual([]);
    if (move.state.pending !== null && move.kind !== 'rolled_back') {
      // One stage at a time, from where the flag is, and never out of a pause.
      expect(this.state.status).not.toBe('paused');
      expect(move.to).toBe(nextStep(this.plan, this.state.stage)?.stage);
    }
    this.version += 1;
    this.state = move.state;
    this.move = move;
  }

  situation(): Situation {
    return {
      plan: this.plan,
      state: this.state,
      evidence: this.evidence,
      limits: { roiTargetUsd: 60_000, roiTargetPercent: 710 },
      now: this.now,
    };
  }

  /** Makes the pending change, or finds that somebody was quicker. */
  apply(): void {
    const { pending } = this.state;
    if (pending === null) return;
    const back = pending.to === 'disabled' && this.flag.stage !== 'disabled';
    const possible = this.flag.version === pending.flagVersion || back;
    if (possible) {
      const grew = treatedShare(pending.to) > treatedShare(this.flag.stage);
      this.applied.push({ move: this.move as Move, grew });
      this.flag = { ...this.flag, stage: pending.to, version: this.flag.version + 1 };
    }
    this.version += 1;
    this.state = settle(this.plan, this.state, possible ? { version: this.flag.version, at: this.now } : null);
  }

  attend(): void {
    this.apply();
    const mover = this.moved === null ? null : { by: 'jane', reason: 'why not', cause: null, at: this.now };
    const stale = this.flag.version !== this.state.flagVersion;
    this.take(follow(this.plan, this.state, this.flag, stale ? mover : null));
    this.moved = null;
    if (isOpen(this.state)) this.state = { ...this.state, flagVersion: this.flag.version };
    if (this.state.status === 'planned') this.state = { ...this.state, stage: this.flag.stage, flagVersion: this.flag.version };
  }

  play(event: Event): void {
    if (event.does === 'wait') this.now += event.days * DAY;
    else if (event.does === 'measure') this.evidence = event.evidence;
    else if (event.does === 'apply') this.apply();
    else if (event.does === 'meddle') {
      if (event.stage !== this.flag.stage) this.moved = event.stage;
      this.flag = { ...this.flag, stage: event.stage, version: this.flag.version + 1 };
    } else if (event.does === 'look') {
      this.attend();
      this.take(decideRollout(this.situation(), this.version + 1).move);
    } else if (event.does === 'command') {
      this.attend();
      try {
        this.take(obey(this.situation(), event.command, 'because', this.version + 1));
      } catch (error) {
        expect(error).toBeInstanceOf(ImpactError);
      }
    }
  }
}

describe('a rollout', () => {
  it('never skips a stage, never goes on by itself with a gate missing, and never grows while it is paused or over', () => {
    let advanced = 0;
    fc.assert(
      fc.property(plans, fc.array(events, { minLength: 10, maxLength: 60 }), ({ approval, steps }, history) => {
        const world = new World(planOf({ approval, ...(steps === undefined ? {} : { steps }) }));
        for (const event of [{ does: 'command', command: { kind: 'start' } } as const, ...history]) {
          const [before, share] = [world.state.status, treatedShare(world.flag.stage)];
          const count = world.applied.length;
          world.play(event);
          const grew = treatedShare(world.flag.stage) > share && event.does !== 'meddle';
          if (grew) expect(['paused', 'rolled_back', 'complete']).not.toContain(before);
          advanced += world.applied.slice(count).filter((one) => one.grew).length;
        }
        for (const { move, grew } of world.applied) if (move.kind === 'rolled_back') expect(grew).toBe(false);
      }),
      { numRuns: 1500, seed: 7 },
    );
    // Were nothing to go on, nothing would have been tried.
    expect(advanced).toBeGreaterThan(500);
  });
});
