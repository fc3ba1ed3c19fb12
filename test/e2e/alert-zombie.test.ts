/** Owners that freeze and come back, and members that join and leave under load: alerts are told as if nothing had happened. */
import { describe, expect, it } from 'vitest';
import { alertLoad, alertTexts, WINDOW_MS, windowTexts } from '../support/alert-load.ts';
import { type AlertWorld, openAlertWorld } from '../support/alert-world.ts';
import { eventually } from '../support/eventually.ts';

const PARTITIONS = 3;
const start = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - 1_800_000;
/** Longer than the session, so that the group gives the frozen one's partitions to others. */
const FROZEN_MS = 5_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function disturbed(seed: number, windows: number, disturb: (world: AlertWorld) => Promise<void>): Promise<void> {
  const load = alertLoad({ seed, start, windows, tenants: 12, partitions: PARTITIONS });
  const world = await openAlertWorld(load, PARTITIONS, { KAFKA_SESSION_TIMEOUT_MS: '3000' });
  try {
    const stopSending = world.keepSending();
    await disturb(world);
    await stopSending();
    while (await world.sendNext());
    await eventually(
      () => expect(world.windows.records.filter(({ window }) => window).length).toBeGreaterThanOrEqual(load.windows),
      90_000,
    );
    await eventually(() => expect(world.alerts.records.length).toBeGreaterThanOrEqual(load.alerts.length), 90_000);
    const told = windowTexts(world.windows.records);
    expect([told.length, new Set(told).size]).toEqual([load.windows, load.windows]);
    expect(alertTexts(world.alerts.records)).toEqual(alertTexts(load.alerts));
  } finally {
    await world.close();
  }
}

describe('windows and alerts are told once each, and none is missing,', () => {
  it(
    'when owners freeze past their session, others take over, and the frozen ones wake as zombies',
    () =>
      disturbed(21, 100, async (world) => {
        const stages = (['window', 'alert'] as const).map((stage) => [world.spawn(stage), world.spawn(stage)]);
        await Promise.all(stages.flat().map(({ started }) => started));
        await world.working();
        for (const [first, second] of [...stages, ...stages]) {
          first?.child.kill('SIGSTOP');
          await pause(FROZEN_MS);
          first?.child.kill('SIGCONT');
          await world.working();
          second?.child.kill('SIGSTOP');
          await pause(FROZEN_MS / 8);
          second?.child.kill('SIGCONT');
        }
        await world.working();
      }),
    300_000,
  );

  it(
    'when members join until there are three, and leave again',
    () =>
      disturbed(22, 100, async (world) => {
        const first = [world.spawn('window'), world.spawn('alert')];
        await world.working();
        const joined = [];
        for (let i = 0; i < 2; i++) {
          const pair = [world.spawn('window'), world.spawn('alert')];
          await Promise.all(pair.map(({ started }) => started));
          joined.push(...pair);
          await world.working();
        }
        for (const { child, ended } of joined) {
          child.kill('SIGTERM');
          expect(await ended).toBe(0);
          await world.working();
        }
        expect(first.map(({ child }) => child.exitCode)).toEqual([null, null]);
      }),
    300_000,
  );
});
