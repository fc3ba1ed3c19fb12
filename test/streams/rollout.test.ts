import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { startRollout } from '../../streams/rollout.ts';
import { eventually } from '../support/eventually.ts';
import { definitionOf, storedFlag } from '../support/guard-load.ts';

const write = (): void => {};
const log = { debug: write, info: write, warn: write, error: write };

type Ahead = Parameters<typeof startRollout>[0]['ahead'];
const nothingAhead: Ahead = { flags: async () => [], keep: async () => 0 };

async function started(
  evaluate: () => Promise<{ looked: number; moved: number }>,
  {
    isLeader = async () => true,
    ahead = nothingAhead,
    now = Date.now,
  }: { isLeader?: () => Promise<boolean>; ahead?: Ahead; now?: () => number } = {},
) {
  const metrics = createMetrics();
  let resigned = 0;
  const resign = async (): Promise<void> => {
    resigned += 1;
  };
  const leadership = { isLeader, resign };
  const config = { rolloutIntervalMs: 5 };
  const stage = await startRollout({ config, log, metrics, now, rollouts: { evaluate }, leadership, ahead });
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
    const { stage } = await started(evaluate, { isLeader: async () => ++asked < 0 });
    await eventually(() => expect(asked).toBeGreaterThan(3), 5000, 1);
    await stage.stop();
    expect([looks, stage.health().ready]).toEqual([0, true]);
  });

  it('makes experiments ready once a day, an hour after its end, and when another rollout has begun', async () => {
    const flag = (id: string) => storedFlag(definitionOf({ id }));
    const kept: string[] = [];
    let [flags, failing, now] = [[flag('one'), { ...flag('off'), stage: 'disabled' as const }], true, Date.UTC(2026, 0, 5, 12)];
    const { stage, metrics } = await started(async () => ({ looked: 0, moved: 0 }), {
      now: () => (now += 5),
      ahead: {
        flags: async () => flags,
        async keep(guarded) {
          if (failing) throw new Error('ClickHouse is away');
          return kept.push(guarded.map(({ id }) => id).join());
        },
      },
    });
    await eventually(() => expect(stage.health().ready).toBe(true), 5000, 1);
    failing = false;
    await eventually(() => expect(kept).toEqual(['one']), 5000, 1);
    flags = [...flags, flag('two')];
    await eventually(() => expect(kept).toEqual(['one', 'one,two']), 5000, 1);
    now = Date.UTC(2026, 0, 6, 1, 6);
    await eventually(() => expect(kept).toEqual(['one', 'one,two', 'one,two']), 5000, 1);
    await stage.stop();
    expect(await metrics()).toContain('impact_rollout_experiments_ready 3');
  });

  it('does not go on making experiments ready once it is told to stop', async () => {
    let ended = '';
    const keep: Ahead['keep'] = async (_flags, _now, goesOn) => {
      await eventually(() => expect(goesOn()).toBe(false), 5000, 1);
      ended = 'in time';
      return 0;
    };
    const one = [storedFlag(definitionOf({ id: 'one' }))];
    let asked = false;
    const flags = async () => {
      asked = true;
      return one;
    };
    const { stage } = await started(async () => ({ looked: 0, moved: 0 }), { ahead: { flags, keep } });
    await eventually(() => expect(asked).toBe(true), 5000, 1);
    await stage.stop();
    expect(ended).toBe('in time');
  });
});
