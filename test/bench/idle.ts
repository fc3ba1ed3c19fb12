/** What a process with every stage costs while nothing happens. */
import type { StackEndpoints } from '../../infra/stack.ts';
import { runStages } from './child.ts';
import { withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const SETTLE_MS = 15_000;
const SECONDS = 20;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function benchIdle(at: StackEndpoints, say: (line: string) => void): Promise<BenchRow[]> {
  return withPlace(at, {}, async ({ env }) => {
    say(`every stage in one process, idle for ${SECONDS} s`);
    const child = runStages([], env);
    await sleep(SETTLE_MS);
    const before = child.cpuSeconds();
    await sleep(SECONDS * 1000);
    const share = (child.cpuSeconds() - before) / SECONDS;
    await child.stop();
    return [
      benchRow({
        what: 'CPU of all stages in one process, idle',
        ours: 100 * share,
        unit: '% of a core',
        goal: { comparison: '<=', value: 10 },
      }),
    ];
  });
}
