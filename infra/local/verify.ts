/** The body of `npm test`: lint, types, every test; one closing line that says how many passed and failed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Tally, tally } from './tally.ts';

const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'node_modules', '.bin');
const report = join(root, '.stack', `verify-${process.pid}.json`);

const lint = await step('lint', 'biome', ['check', '.']);
const types = await step('types', 'tsc', ['--noEmit']);
mkdirSync(join(report, '..'), { recursive: true });
const coverage = process.argv.length > 2 ? [] : ['--coverage'];
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const tests = await step('tests', 'vitest', ['run', '--config', '.vitest.config.ts', ...reporters, ...coverage, ...process.argv.slice(2)]);
finish(lint, types, tests);

/** Runs one tool, its output streaming to ours. Answers whether it succeeded. */
async function step(label: string, tool: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n[verify] ${label}: ${tool} ${args[0] ?? ''}`);
  // The tools' scripts begin with `env node`: that must find node_modules' Node 24, not the machine's.
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const child = spawn(join(bin, tool), args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  console.log(`[verify] ${label}: ${code === 0 ? 'passed' : `failed (status ${code})`}`);
  return code === 0;
}

function finish(lintPassed: boolean, typesPassed: boolean, testsPassed: boolean): void {
  const counts = readTally();
  for (const name of counts.skipped) console.log(`[verify] not run: ${name}`);
  // In CI a test that does not run is a failure: nobody reads the list there.
  const skipped = process.env['CI'] ? counts.skipped.length : 0;
  let failed = counts.failed + skipped + Number(!lintPassed) + Number(!typesPassed);
  // A run can fail without a failed test: an unhandled rejection, a set-up that threw, coverage below its threshold.
  if (!testsPassed && counts.failed === 0) failed += 1;
  console.log(`${counts.passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && counts.passed > 0 ? 0 : 1;
}

function readTally(): Tally {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: [] };
  const counts = tally(JSON.parse(readFileSync(report, 'utf8')));
  rmSync(report);
  return counts;
}
