/** The version rule under every interleaving we can think of: crashes, ghosts of killed statements, zombies, corrections, retractions, replays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, Model } from '../../support/rollup-model.ts';

const PARTITIONS = 2;
const MINUTES = new Set([0, 1]);

const delivery: fc.Arbitrary<Delivery> = fc.record({
  id: fc.integer({ min: 0, max: 2 }),
  minute: fc.integer({ min: 0, max: 1 }),
  revision: fc.integer({ min: 0, max: 2 }),
  retracted: fc.boolean(),
  group: fc.constantFrom('a', 'b', 'c'),
  value: fc.integer({ min: 1, max: 9 }),
  at: fc.integer({ min: 0, max: 3 }),
});

type Action =
  | { do: 'step'; worker: number }
  | { do: 'crash'; worker: number; lands: boolean }
  | { do: 'freeze'; worker: number }
  | { do: 'thaw' }
  | { do: 'replay' }
  | { do: 'crash-replay'; lands: boolean }
  | { do: 'cancel' };

const worker = fc.integer({ min: 0, max: PARTITIONS - 1 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('step' as const), worker }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), worker, lands: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('freeze' as const), worker }) },
  { weight: 4, arbitrary: fc.constant({ do: 'thaw' as const }) },
  { weight: 5, arbitrary: fc.constant({ do: 'replay' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash-replay' as const), lands: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'cancel' as const }) },
);

type Running = { task: Generator<void, void>; owner: boolean; pending: Model['pending'] };

function perform(model: Model, actions: readonly Action[]): void {
  const flushOf = (partition: number): Running => {
    const running: Running = { task: [][Symbol.iterator]() as never, owner: true, pending: null };
    running.task = model.flush(partition, 2, () => running.owner);
    return running;
  };
  const owners = Array.from({ length: PARTITIONS }, (_, partition) => flushOf(partition));
  const zombies: Running[] = [];
  let replay: Running | null = null;

  /** One step; what the task is about to write is remembered beside it. @returns whether the task goes on */
  const step = (running: Running): boolean => {
    model.pending = null;
    const { done } = running.task.next();
    running.pending = model.pending;
    return !done;
  };
  const stepReplay = (): void => {
    replay ??= { task: model.replay(MINUTES), owner: true, pending: null };
    if (!step(replay)) replay = null;
  };
  const landIf = (lands: boolean, running: Running): void => {
    // A new owner first ends the statements of its predecessor, so what lands at all lands now.
    if (lands && running.pending) model.land(running.pending);
  };
  const stepOwner = (partition: number): void => {
    if (!step(owners[partition] as Running)) owners[partition] = flushOf(partition);
  };

  for (const act of actions) {
    if (act.do === 'step') stepOwner(act.worker);
    else if (act.do === 'replay') stepReplay();
    else if (act.do === 'cancel') {
      model.cancel();
      replay = null;
    } else if (act.do === 'crash-replay') {
      if (replay) landIf(act.lands, replay);
      replay = null;
    } else if (act.do === 'thaw') {
      const zombie = zombies[0];
      if (zombie && !step(zombie)) zombies.shift();
    } else {
      const running = owners[act.worker] as Running;
      if (act.do === 'crash') landIf(act.lands, running);
      else zombies.push(Object.assign(running, { owner: false }));
      owners[act.worker] = flushOf(act.worker);
    }
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    while ((model.committed[partition] ?? 0) < (model.logs[partition]?.length ?? 0)) stepOwner(partition);
  }
  for (const zombie of zombies) while (step(zombie));
  while (replay !== null || model.building > 0) stepReplay();
}

const logs = fc.array(fc.array(delivery, { maxLength: 6 }), { minLength: PARTITIONS, maxLength: PARTITIONS });

describe('the version rule', () => {
  it('gives the rollups of the raw rows, whatever was killed, frozen, corrected or replayed in between', () => {
    fc.assert(
      fc.property(logs, fc.array(action, { maxLength: 120 }), (deliveries, actions) => {
        const model = new Model(deliveries);
        perform(model, actions);
        expect(model.visible()).toEqual(model.expected());
      }),
      { numRuns: 5000 },
    );
  }, 60_000);
});
