/** docs/rollouts.md is executed: its commands run, its plan is a plan, its tables are the program's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { rollbackReasons, statuses } from '../../src/domain/rollout.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { testContext } from '../cli/terminal.ts';
import { testConfig } from '../support/config.ts';
import { planOf } from '../support/rollouts.ts';

const page = readFileSync(new URL('../../docs/rollouts.md', import.meta.url), 'utf8');
const blockOf = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

const config = testConfig();
const folder = mkdtempSync(join(tmpdir(), 'impact-rollout-'));
beforeAll(async () => {
  const adapters = openAdapters(config);
  await prepareOutside(adapters).finally(() => adapters.close());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]) {
  const context = testContext({ config: () => config, open: openSystem, now: Date.now });
  const status = await runProgram(words, context);
  return { status, ...context.seen };
}

describe('docs/rollouts.md', () => {
  it('has commands that run, in this order, and do what they say', async () => {
    const lines = blockOf('bash').trim().split('\n');
    const seen: string[] = [];
    for (const line of lines) {
      const plain = line.replace(/ #.*$/, '').replace(/^npx impact /, '');
      const words = [...plain.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
      const { status, out, err } = await run(...words);
      expect([line, status, err]).toEqual([line, 0, '']);
      seen.push(out);
    }
    const [, planned, started, shown, paused, resumed, advanced, back, history, list] = seen;
    expect(planned).toContain('ai_coaching: planned at disabled');
    expect(started).toMatch(/ai_coaching: running at internal.*\npath {4}\[internal\] → beta_10 → beta_25 → beta_50 → ga\n/);
    expect([shown, paused, resumed]).toEqual(
      ['running', 'paused', 'running'].map((status) => expect.stringContaining(`ai_coaching: ${status} at internal`)),
    );
    expect(advanced).toContain('running at beta_10');
    expect(back).toContain('rolled back (manual) at disabled');
    expect(history).toMatch(/rolled back +beta_10 → disabled/);
    expect(history).toMatch(/forced +internal → beta_10 .*a day is enough \(missing: minimum duration: /);
    expect(list).toMatch(/ai_coaching +rolled back +disabled/);
  });

  it('shows a plan that is one, from a file', async () => {
    const file = join(folder, 'plan.yaml');
    writeFileSync(file, blockOf('yaml'));
    expect((await run('flags', 'create', 'checkout')).status).toBe(0);
    const { status, out } = await run('rollout', 'plan', 'checkout', '--file', file, '--metric', 'order_value', '--output', 'json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ version: 1, plan: { metrics: ['order_value'], guardrails: ['refunds@5', 'request_error'] } });
    const parsed = planOf(parse(blockOf('yaml')) as object);
    expect(parsed.steps.map(({ stage, minimumDays }) => [stage, minimumDays])).toEqual([
      ['internal', 1],
      ['beta_10', 3],
      ['beta_50', 7],
      ['ga', 0],
    ]);
  });

  it('is told what is wrong with a plan, a version, a name', async () => {
    writeFileSync(join(folder, 'list.yaml'), '- beta_10');
    const wrong = await run('rollout', 'plan', 'checkout', '--file', join(folder, 'list.yaml'));
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('is no plan')]);
    expect((await run('rollout', 'plan', 'checkout', '--file', join(folder, 'missing.yaml'))).err).toContain('cannot be read');
    expect((await run('rollout', 'start', 'checkout', '--if-version', '7')).err).toContain('at version 1, not at 7');
    expect((await run('rollout', 'advance', 'checkout')).err).toContain('planned, and not started');
    for (const command of ['show', 'history', 'start'])
      expect((await run('rollout', command, 'nobody')).err).toContain('no rollout of a flag nobody');
    expect(JSON.parse((await run('rollout', 'list', '--status', 'planned', '--output', 'json')).out)).toMatchObject([
      { flagId: 'checkout' },
    ]);
  });

  it('names every status, cause, default and gate that there is', () => {
    expect([...statuses, ...rollbackReasons].filter((one) => !page.includes(`\`${one}\``))).toEqual([]);
    for (const { stage, gates, minimumDays, maximumDays } of planOf().steps) {
      const shown = gates.length === 0 ? '–' : gates.map((gate) => `\`${gate}\``).join(', ');
      const days = (n: number | null) => (n === null || n === 0 ? '–' : n === 1 ? '1 day' : `${n} days`);
      expect(page).toContain(`| \`${stage}\` | ${shown} | ${days(minimumDays)} | ${days(maximumDays)} |`);
    }
  });
});
