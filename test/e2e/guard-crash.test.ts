/** The guard is killed at every crash point and at random times under load, thirty times in all: every harmful rollout is rolled back, once, and no other. */
import { expect, it } from 'vitest';
import type { Flag } from '../../src/domain/flags/flag.ts';
import { eventually } from '../support/eventually.ts';
import { type GuardWorld, openGuardWorld } from '../support/guard-world.ts';
import { randomOf } from '../support/store-load.ts';

/** Those at the numbered points, where whoever works dies by itself, and those at random moments. */
const KILLS = 30;
/** So many guards work at a time. There are two partitions: one of them stands by. */
const AT_ONCE = 3;
/** Harmful ones, and as many healthy ones. */
const ROLLOUTS = 6;
const points = ['1-before-open', '2-after-fence', '3-after-restore', '4-before-send', '5-after-send', '6-after-offsets', '7-after-commit'];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const failing = { errors: [0.01, 0.25] as [number, number] };
const USERS = 12;

type Rollouts = { harmful: Flag[]; healthy: Flag[] };

async function rollouts(world: GuardWorld, each: number): Promise<Rollouts> {
  const make = (name: string) =>
    Promise.all(
      Array.from({ length: each }, (_, i) => world.createFlag({ id: `${name}_${i}`, stage: i % 2 === 0 ? 'beta_50' : 'beta_25' })),
    );
  return { harmful: await make('harmful'), healthy: await make('healthy') };
}

/** Serves users of every feature until told to stop; a feature does harm one after the other, so that there is always a decision near. */
function keepServing(world: GuardWorld, { harmful, healthy }: Rollouts, harmfulNow: () => number) {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      const effects = (flag: Flag) => (harmful.indexOf(flag) >= 0 && harmful.indexOf(flag) < harmfulNow() ? failing : {});
      await world.serve([...harmful, ...healthy], USERS, effects);
      await pause(200);
    }
  })();
  return async (): Promise<void> => {
    stopped = true;
    await loop;
  };
}

/** Every harmful rollout has one decision, one alert and one change of its flag; the healthy ones have none. */
async function compare(world: GuardWorld, { harmful, healthy }: Rollouts): Promise<void> {
  const ids = harmful.map(({ id }) => `${id}:1`).sort();
  await eventually(() => expect(new Set(world.rollbacks.records.map(({ rollbackId }) => rollbackId))).toEqual(new Set(ids)), 120_000);
  await eventually(async () => {
    for (const { id } of harmful) expect(await world.flags.get(id)).toMatchObject({ stage: 'disabled', version: 2 });
  }, 90_000);
  expect(world.rollbacks.records.map(({ rollbackId }) => rollbackId).sort()).toEqual(ids);
  await eventually(() =>
    expect(world.alerts.records.map(({ alertId }) => alertId).sort()).toEqual(ids.map((id) => `guard_rollback:${id}`)),
  );
  for (const { id } of healthy) expect(await world.flags.get(id)).toMatchObject({ version: 1 });
  for (const { id } of harmful) {
    const changes = await world.flags.history(id);
    expect(changes.map(({ kind, by }) => `${kind} ${by}`)).toEqual(['stage_changed guard', 'created a test']);
    expect(changes[0]?.evidence).toEqual(world.rollbacks.records.find(({ flagId }) => flagId === id));
  }
}

type Victim = ReturnType<GuardWorld['spawn']>;

async function killAtPoint(world: GuardWorld, point: string): Promise<void> {
  // Not the first passage: by the third there is state to lose.
  const passage = Number(point[0]) < 4 ? 1 : 3;
  expect(await world.spawn(`guard.${point}:${passage}`).ended).toBe('SIGKILL');
}

/** One of those that work dies, or two, or all: others take over while new ones start, or new ones find what the dead have left. */
async function killAtRandom(world: GuardWorld, working: Victim[], most: number, random: () => number): Promise<number> {
  while (working.length < AT_ONCE) working.push(world.spawn());
  await Promise.all(working.map(({ started }) => started));
  await pause(random() * 600);
  const victims = working.splice(0, Math.min(most, 1 + Math.floor(random() * AT_ONCE)));
  for (const { child } of victims) child.kill('SIGKILL');
  expect(await Promise.all(victims.map(({ ended }) => ended))).toEqual(victims.map(() => 'SIGKILL'));
  return victims.length;
}

it(`harmful rollouts are rolled back once each, and healthy ones never, although the guard is killed ${KILLS} times under load`, async () => {
  const random = randomOf(4);
  const world = await openGuardWorld({ KAFKA_SESSION_TIMEOUT_MS: '1000' });
  try {
    const flags = await rollouts(world, ROLLOUTS);
    let kills = 0;
    const working: Victim[] = [];
    const stop = keepServing(world, flags, () => 1 + Math.floor((kills * (ROLLOUTS - 1)) / KILLS));
    for (const point of points) {
      await killAtPoint(world, point);
      kills += 1;
    }
    while (kills < KILLS) kills += await killAtRandom(world, working, KILLS - kills, random);
    expect(kills).toBe(KILLS);
    // Decisions fell while guards were dying, not only after it.
    expect(world.rollbacks.records.length).toBeGreaterThan(1);
    const last = working.pop() ?? world.spawn();
    await last.started;
    await eventually(() => expect(world.rollbacks.records.length).toBeGreaterThanOrEqual(ROLLOUTS), 120_000);
    await stop();
    await compare(world, flags);
    last.child.kill('SIGTERM');
    expect(await last.ended).toBe(0);
  } finally {
    await world.close();
  }
}, 300_000);
