/** docs/flags.md is executed: its examples run, its tables are the program's. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFlagReport } from '../../src/adapters/flag-metrics.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { rolloutStages } from '../../src/domain/fields.ts';
import { fieldNames } from '../../src/domain/flags/assign.ts';
import { deciders } from '../../src/domain/flags/evaluation.ts';
import { flagKeys } from '../../src/domain/flags/keyspace.ts';
import { operatorNames } from '../../src/domain/flags/targeting.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { testContext } from '../cli/terminal.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { evaluateFlagd } from '../support/flags.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/flags.md', root), 'utf8');
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

const folder = mkdtempSync(join(tmpdir(), 'impact-flag-docs-'));
let api: TestApi;
let url: string;
let token: string;
beforeAll(async () => {
  api = await openTestApi({ deps: { now: Date.now } });
  const adapters = openAdapters(api.config);
  await prepareOutside(adapters).finally(() => adapters.close());
  token = await api.token('operator');
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.close();
});

const pointedHere = (example: string): string =>
  example
    .replaceAll(/'(@openfeature\/[\w-]+)'/g, (_, name: string) => `'${import.meta.resolve(name)}'`)
    .replaceAll(`'impactstream/client'`, `'impactstream/client/client'`)
    .replaceAll(/'impactstream\/client\/([\w-]+)'/g, (_, file: string) => `'${new URL(`src/client/${file}.ts`, root).href}'`)
    .replaceAll("url: 'redis://127.0.0.1:16379/0'", `namespace: '${api.config.namespace}', url: '${api.config.redisUrl}'`)
    .replaceAll('http://127.0.0.1:8000', url);

describe('docs/flags.md', () => {
  it('has commands that run, in this order', async () => {
    const lines = (blocksOf('bash')[0] ?? '')
      .trim()
      .split('\n')
      .map((line) => line.replace(/#.*$/, '').trim());
    for (const line of lines) {
      const words = [...line.replace(/^npx impact /, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
      const context = testContext({ config: () => api.config, open: openSystem });
      expect([line, await runProgram(words, context), context.seen.err]).toEqual([line, 0, '']);
    }
    expect(await api.deps.flags.get('ai_coaching')).toMatchObject({ stage: 'beta_10', tenantWhitelist: ['harbor-homes'] });
  });

  it.each(blocksOf('ts').map((example, i) => [i, example] as const))('has example %i, which runs', async (i, example) => {
    const file = join(folder, `example-${i}.ts`);
    writeFileSync(file, pointedHere(example));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, IMPACT_TOKEN: token } });
    expect([stdout.length > 0, stderr]).toEqual([true, '']);
    expect(stdout).not.toMatch(/(invalid|dropped|undelivered): [1-9]/);
    if (stdout.includes('logged')) expect(stdout).toMatch(/logged: [1-9]\d*.*delivered: [1-9]\d*/s);
  });

  it('shows a file of flagd that is taken as it stands', () => {
    const [file] = blocksOf('json').map((text) => JSON.parse(text) as object);
    expect(evaluateFlagd(file ?? {}, 'header-colour', { email: 'a@example.com' })).toMatchObject({ value: '#00FF00' });
    expect(['red', 'blue']).toContain(evaluateFlagd(file ?? {}, 'header-colour', { targetingKey: 'u' }).variant);
  });

  it('names every field, stage, step, key and metric that there is', async () => {
    const { flags, outbox, channel } = flagKeys('');
    const metrics = createMetrics();
    createFlagReport(api.deps.flagReader, metrics, Date.now)();
    const reported = [...(await metrics.render()).text.matchAll(/^# TYPE (impact_flag_\w+)/gm)].map(([, name]) => name ?? '');
    expect(reported.length).toBeGreaterThan(9);
    const names = [...fieldNames, ...rolloutStages, ...deciders, flags, outbox, channel, ...reported];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(['fractional', 'starts_with', 'ends_with', 'sem_ver'].every((name) => operatorNames.includes(name) && page.includes(name))).toBe(
      true,
    );
  });
});
