/**
 * Runs made-up rollouts and prints what became of them: `node rollout-runs.ts <design> <runs> <factor on the goal> <policies?>`. A process of its own, since the
 * test runner's coverage would make each take three times as long.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Judged, judgeRollout } from './rollout-judged.ts';
import { type ControlDesign, harmless } from './rollout-world.ts';

export type Runs = {
  design: ControlDesign;
  runs: number;
  /** What the feature does to the goal: 0.6 costs 40 %. */
  value: number;
  /** Without them only the guard looks, until it rolls back. */
  policies: boolean;
};

const here = fileURLToPath(import.meta.url);

/** The rollouts with seeds 1, 2, 3 and so on. */
export async function rollouts({ design, runs, value, policies }: Runs): Promise<Judged[]> {
  const args = [here, design, String(runs), String(value), String(policies)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 });
  return JSON.parse(stdout) as Judged[];
}

if (process.argv[1] === here) {
  const [design, runs, value, policies] = process.argv.slice(2);
  const effect = { ...harmless, value: Number(value) };
  const judged = Array.from({ length: Number(runs) }, (_, i) => judgeRollout(i + 1, design as ControlDesign, effect, policies === 'true'));
  process.stdout.write(JSON.stringify(judged));
}
