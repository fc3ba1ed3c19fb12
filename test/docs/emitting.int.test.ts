/** docs/emitting.md and the README's example are executed, on the real components. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { createTrackers } from '../../src/client/trackers.ts';
import { eventKinds } from '../../src/domain/event.ts';
import { envelopeRules, payloadRules } from '../../src/domain/fields.ts';
import { tracks } from '../../src/domain/track.ts';
import { testContext } from '../cli/terminal.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/emitting.md');
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

const folder = mkdtempSync(join(tmpdir(), 'impact-docs-'));
let api: TestApi;
let url: string;
let token: string;

beforeAll(async () => {
  api = await openTestApi({ deps: { now: Date.now } });
  await Promise.all([
    ensureTopics(createKafka(api.config, api.deps.log), api.config),
    createRegistry(api.config, api.deps.log).registerAll(),
  ]);
  token = await api.token('emitter');
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.close();
});

/** The example as it stands, save that it talks to this test's components. */
function pointedHere(example: string): string {
  const { kafkaBrokers, registryUrl, namespace } = api.config;
  return example
    .replaceAll(
      /'impactstream\/client(\/\w+)?'/g,
      (_, part: string | undefined) => `'${new URL(`src/client${part ?? '/client'}.ts`, root).href}'`,
    )
    .replaceAll("brokers: ['127.0.0.1:19092']", `namespace: '${namespace}', brokers: ${JSON.stringify(kafkaBrokers)}`)
    .replaceAll('http://127.0.0.1:18081/apis/ccompat/v7', registryUrl)
    .replaceAll('http://127.0.0.1:8000', url);
}

async function runs(example: string, name: string): Promise<string> {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, pointedHere(example));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, IMPACT_TOKEN: token } });
  expect(stderr.split('\n').filter((line) => /invalid|dropped|undelivered/.test(line))).toEqual([]);
  return stdout;
}

describe('docs/emitting.md', () => {
  it.each(blocksOf(page, 'ts').map((example, i) => [i, example] as const))(
    'has example %i, which runs and delivers',
    async (i, example) => {
      await runs(example, `example-${i}`);
    },
  );

  it('leaves the corrected and retracted session where it says', async () => {
    const sessions = await eventsOn(api.config, 'ai-coaching');
    expect(
      sessions.map((event) => [event.revision, event.retracted, event.kind === 'ai-coaching' && event.sessionDurationMinutes]),
    ).toEqual([
      [0, false, 180],
      [1, false, 18],
      [2, true, 18],
    ]);
  });

  it.each(blocksOf(page, 'json'))('has CloudEvents that are taken as they stand', async (body) => {
    const type = body.trimStart().startsWith('[') ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
    const answer = await api.ask('POST', '/api/v1/events', token, { payload: body, headers: { 'content-type': type } });
    expect(answer.status, answer.text).toBe(202);
  });

  it('has commands that run', async () => {
    const lines = blocksOf(page, 'bash').flatMap((block) => block.split('\n').filter((line) => line.startsWith('npx impact track')));
    expect(lines.length).toBe(tracks.length);
    for (const line of lines) {
      const context = testContext({ config: () => api.config, open: openSystem, now: Date.now });
      expect([line, await runProgram(line.split(' ').slice(2), context), context.seen.err]).toEqual([line, 0, '']);
    }
    expect(tracks.filter(({ name }) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('names every kind and every tracker', () => {
    const trackers = Object.keys(createTrackers(() => null));
    expect([...eventKinds, ...trackers].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('speaks only of fields that exist', () => {
    const fields = new Set([...envelopeRules, ...Object.values(payloadRules).flat()].map(([field]) => field));
    const checked = page.slice(page.indexOf('## What is checked')).match(/`[a-z]+[A-Z]\w*`/g) ?? [];
    expect(checked.map((name) => name.slice(1, -1)).filter((name) => name !== 'occurredAt' && !fields.has(name))).toEqual([]);
  });
});

describe('the README', () => {
  it('shows how to emit an event in ten lines that run', async () => {
    const [example] = blocksOf(read('README.md'), 'ts');
    expect(example?.trim().split('\n').length).toBeLessThanOrEqual(10);
    const before = (await eventsOn(api.config, 'lead-intelligence')).length;
    await runs(example ?? '', 'readme');
    expect(await eventsOn(api.config, 'lead-intelligence')).toHaveLength(before + 1);
  });
});
