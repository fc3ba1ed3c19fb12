import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { startRollout } from '../../streams/rollout.ts';
import { eventually } from '../support/eventually.ts';

const write = (): void => {};
const log = { debug: write, info: write, warn: write, error: write };

async function started(evaluate: () => Promise<{ looked: number; moved: number }>, isLeader = async () => true) {
  const metrics = createMetrics();
  let resigned = 0;
  const resign = async (): Promise<void> => {
    resigned += 1;
  };
  const leadership = { isLeader, resign };
  const stage = await startRollout({ config: { rolloutIntervalMs: 5 }, log, metrics, now: Date.now, rollouts: { evaluate }, leadership });
  return { stage, metrics: async () => (await metrics.render()).text, resigned: () => resigned };
}

describe('the rollout stage', () => {
  it('is not ready while it cannot look, says why, and makes up for it', async () => {
    let looks = 0;
    const { stage, metrics, resigned } = await started(async () => {
      looks += 1;
      if (looks < 4) throw new Error('checkout: ClickHouse is away');
      return { looked: 2, moved: 1 };
    });
    await eventually(() => expect(stage.health()).toEqual({ ready: false, reasons: ['checkout: ClickHouse is away'] }), 5000, 1);
    await eventually(() => expect(stage.health()).toEqual({ ready: true, reasons: [] }), 5000, 1);
    await stage.stop();
    expect(await metrics()).toMatch(
      /impact_rollout_open 2[\s\S]*impact_rollout_failures_total 3|impact_rollout_failures_total 3[\s\S]*impact_rollout_open 2/,
    );
    expect(resigned()).toBe(1);
  });

  it('stands by while another process looks', async () => {
    let [asked, looks] = [0, 0];
    const evaluate = async () => ({ looked: ++looks, moved: 0 });
    const { stage } = await started(evaluate, async () => ++asked < 0);
    await eventually(() => expect(asked).toBeGreaterThan(3), 5000, 1);
    await stage.stop();
    expect([looks, stage.health().ready]).toEqual([0, true]);
  });
});
