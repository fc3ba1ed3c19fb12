/** `npm run bench`: every figure beside its peer of the same run. Options: --only store,latency,history,flags,experiments,page,idle  --events N  --minutes N  --output json */
import { parseArgs } from 'node:util';
import { benchExperiments } from './experiments.ts';
import { benchFlags } from './flags.ts';
import { benchHistory } from './history.ts';
import { benchIdle } from './idle.ts';
import { benchLatency } from './latency.ts';
import { benchPage } from './page.ts';
import { withStack } from './place.ts';
import { type BenchRow, benchTable } from './row.ts';
import { benchStore } from './store.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'store,latency,history,flags,experiments,page,idle' },
    events: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    output: { type: 'string', default: 'table' },
  },
});

const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const chosen = new Set(values.only.split(','));
// So many flow, and so many are stored where reading is measured, unless told otherwise.
const flowing = Number(values.events ?? 2_000_000);
const stored = Number(values.events ?? 10_000_000);

const rows = await withStack(say, async (at) => {
  const found: BenchRow[] = [];
  if (chosen.has('store')) found.push(...(await benchStore(at, flowing, say)));
  if (chosen.has('latency')) found.push(...(await benchLatency(at, say)));
  if (chosen.has('history')) found.push(...(await benchHistory(at, stored, say)));
  if (chosen.has('flags')) found.push(...(await benchFlags(at, say)));
  if (chosen.has('experiments')) found.push(...(await benchExperiments(at, stored, say)));
  if (chosen.has('page')) found.push(...(await benchPage(at, stored, Number(values.minutes), say)));
  if (chosen.has('idle')) found.push(...(await benchIdle(at, say)));
  return found;
});
process.stdout.write(values.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : `${benchTable(rows)}\n`);
process.exit(0);
