/** Window and alert are killed at every crash point and at random times under load: alerts are told as if nothing had happened. */
import { describe, expect, it } from 'vitest';
import { type AlertLoad, alertLoad, alertTexts, WINDOW_MS, windowTexts } from '../support/alert-load.ts';
import { type AlertWorld, openAlertWorld } from '../support/alert-world.ts';
import type { StatefulStageName } from '../support/alerting-stages.ts';
import { eventually } from '../support/eventually.ts';
import { randomOf } from '../support/store-load.ts';

const PARTITIONS = 2;
/** At random moments, in each of two worlds: with those at the points, 31 of each stage. */
const KILLS = 12;
const points = ['1-before-open', '2-after-fence', '3-after-restore', '4-before-send', '5-after-send', '6-after-offsets', '7-after-commit'];
const start = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - 1_800_000;
const loadOf = (seed: number, windows: number) => alertLoad({ seed, start, windows, tenants: 12, partitions: PARTITIONS });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills one stage at each point, one point after the other, while the other one works on undisturbed. */
async function killAtPoints(world: AlertWorld, stage: StatefulStageName): Promise<void> {
  const other = world.spawn(stage === 'window' ? 'alert' : 'window');
  const stopSending = world.keepSending();
  for (const point of points) {
    // Not the first passage: by the third there is state to lose.
    const passage = Number(point[0]) < 4 ? 1 : 3;
    expect(await world.spawn(stage, `${stage}.${point}:${passage}`).ended).toBe('SIGKILL');
  }
  await stopSending();
  other.child.kill('SIGTERM');
  await other.ended;
}

/** Two kills of three come while the stages work, the others while they start, join or restore. */
async function killAtRandom(world: AlertWorld, seed: number, kills: number): Promise<void> {
  const random = randomOf(seed);
  for (let kill = 0; kill < kills; kill++) {
    const stages = [world.spawn('window'), world.spawn('alert')];
    await world.sendNext();
    const told = world.windows.records.length;
    if (kill % 3 > 0) await eventually(() => expect(world.windows.records.length).toBeGreaterThan(told), 5000, 10).catch(() => {});
    await pause(random() * 500);
    for (const { child } of stages) child.kill('SIGKILL');
    await Promise.all(stages.map(({ ended }) => ended));
  }
}

/** Lets the stages finish in peace and compares what all of them have told, committed, with what had to be told. */
async function compare(world: AlertWorld, load: AlertLoad): Promise<void> {
  while (await world.sendNext());
  const stages = [world.spawn('window'), world.spawn('alert')];
  await eventually(() => expect(world.windows.records.filter(({ window }) => window).length).toBeGreaterThanOrEqual(load.windows), 90_000);
  await eventually(() => expect(world.alerts.records.length).toBeGreaterThanOrEqual(load.alerts.length), 90_000);
  for (const { child } of stages) child.kill('SIGTERM');
  expect(await Promise.all(stages.map(({ ended }) => ended))).toEqual([0, 0]);
  const told = windowTexts(world.windows.records);
  expect([told.length, new Set(told).size]).toEqual([load.windows, load.windows]);
  expect(load.alerts.length).toBeGreaterThan(80);
  expect(told.filter((text) => !text.includes(' n=20 ') || !text.endsWith('late=false'))).toEqual([]);
  expect(alertTexts(world.alerts.records)).toEqual(alertTexts(load.alerts));
}

/** Runs a disturbance of a world of its own, to its end. */
async function disturbed(load: AlertLoad, disturb: (world: AlertWorld) => Promise<void>): Promise<void> {
  const world = await openAlertWorld(load, PARTITIONS);
  try {
    await disturb(world);
    await compare(world, load);
  } finally {
    await world.close();
  }
}

describe('windows and alerts are told once each, and none is missing,', () => {
  it('when a process is killed at each numbered point', async () => {
    await Promise.all((['window', 'alert'] as const).map((stage, i) => disturbed(loadOf(i, 120), (world) => killAtPoints(world, stage))));
  }, 300_000);

  it(`when they are killed ${2 * KILLS} times at random moments under load`, async () => {
    await Promise.all([5, 6].map((seed) => disturbed(loadOf(seed, KILLS + 8), (world) => killAtRandom(world, seed, KILLS))));
  }, 300_000);
});
