/** The schedule stage in a process of its own, on a clock that runs fast: a day of it in DAY_MS, from ORIGIN on, for every process alike. */

import { flushCompileCache } from 'node:module';
import { createPostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import { periodWith } from '../../src/domain/report/period.ts';
import { reportOf } from '../../src/domain/report.ts';
import { createFailpoint } from '../../src/runtime/failpoint.ts';
import { startSchedule } from '../../streams/schedule.ts';
import { createLeadership } from '../../streams/signals-leader.ts';
import { figuresOf } from './report.ts';

const nothing = (): void => {};
const config = loadConfig(process.env);
const [origin, dayMs] = [Number(process.env['ORIGIN']), Number(process.env['DAY_MS'])];
const postgres = createPostgres(config);
const stage = await startSchedule({
  config,
  // Thirty processes start for one test: each takes with it what it needs and no more.
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  metrics: { count: nothing, set: nothing, observe: nothing },
  now: () => origin + ((Date.now() - origin) * 86_400_000) / dayMs,
  postgres,
  report: async ({ kind, day }) => reportOf(figuresOf({ kind, period: periodWith(kind, day) })),
  monitor: async () => {},
  leadership: createLeadership(postgres, `${config.namespace}.impact-schedule`),
  failpoint: createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL')),
  pollMs: 10,
});
process.send?.('started');
// A process that is killed writes nothing down as it ends.
flushCompileCache();
process.once('SIGTERM', () => stage.stop().then(() => postgres.close()));
