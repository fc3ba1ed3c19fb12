/** `impact experiments list` and `run` on the real components. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { testConfig } from '../support/config.ts';
import { END, eventsOf, METRIC, simulatedUnits } from '../support/experiment-world.ts';
import { storeEvents } from '../support/warehouse.ts';
import { testContext } from './terminal.ts';

const config = testConfig({ RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' });
const units = simulatedUnits(300, 3);
const adapters = openAdapters(config);

beforeAll(async () => {
  await prepareOutside(adapters);
  await storeEvents(
    adapters.clickhouse,
    units.flatMap((unit) => eventsOf(unit, 'acme')),
  );
});
afterAll(() => adapters.close());

async function experiments(line: string) {
  const context = { ...testContext({ config: () => config, open: openSystem }), now: () => END - 1 };
  const status = await runProgram(['experiments', ...line.split(' ')], context);
  return { status, ...context.seen };
}

describe('impact experiments', () => {
  it('lists the features that units were exposed to', async () => {
    const { out } = await experiments('list');
    expect(out).toMatch(/reading\s+control, treatment\s+600\s+2026-01-10/);
    expect((await experiments('list --tenant nobody')).out).toBe('(none)\n');
  });

  it('run says what to do, why, and on which figures', async () => {
    const { status, out, err } = await experiments(`run --feature reading --metric ${METRIC} --days 10 --guardrail ${METRIC}@30 --looks`);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^feature +reading at beta_25, 2026-01-10 00:00 to 2026-01-20 00:00 UTC$/m);
    expect(out).toMatch(/^recommendation +(roll_forward|continue|rollback) \(sequential 1, alpha 0.05/m);
    expect(out).toMatch(/^sample ratio +p = /m);
    expect(out).toMatch(new RegExp(`^CUPED +${METRIC} r = 0\\.\\d+$`, 'm'));
    expect(out).toMatch(/always-valid on the difference/);
    expect(out).toMatch(/^guardrail .*\n─+\npages_read .*not inferior$/m);
    expect(out.match(/^2026-01-\d\d 00:00 +pages_read/gm)).toHaveLength(10);
  });

  it('run gives programs everything as JSON, and judges by the rollout guide where it is told to', async () => {
    const { out } = await experiments(
      `run --feature reading --metric ${METRIC} --from 2026-01-10 --to 2026-01-20 --policy classic --output json`,
    );
    const result = JSON.parse(out);
    expect(result).toMatchObject({ policy: 'classic', period: { to: '2026-01-20T00:00:00.000Z' }, cuped: { used: false } });
    expect(result.exposed.control + result.exposed.treatment).toBe(300);
    expect(result.goals[0].pValueOfDifference).toBeLessThanOrEqual(1);
  });

  it('run says which of its arguments cannot be right', async () => {
    const { status, err } = await experiments('run --feature reading --metric Pages --guardrail x@lots');
    expect(status).toBe(1);
    expect(err).toMatch(/metric/);
    expect(err).toMatch(/guardrail/);
    expect((await experiments(`run --feature reading --metric ${METRIC} --from 2026-02-01 --to 2026-01-01`)).status).not.toBe(0);
  });
});
