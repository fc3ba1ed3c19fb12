/** docs/notifications.md is executed: commands, SQL, the form of a webhook, the routing, and how a signature is verified. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { signatures } from '../../src/adapters/webhook.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { settings } from '../../src/config.ts';
import { announcementTypes } from '../../src/domain/announcement.ts';
import { groupLabels } from '../../src/domain/notify/routing.ts';
import { parseRouting } from '../../src/domain/notify/routing-file.ts';
import { deliveryStates } from '../../src/query/deliveries.ts';
import { testContext } from '../cli/terminal.ts';
import { openTestApi, type TestApi } from '../support/api.ts';

const page = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
  const insert = `INSERT INTO business_impact_alerts (alert_id, alert_type, severity) VALUES ('error-rate:1768132800000', 'error-rate', 'critical')`;
  await api.postgres.query(insert);
});
afterAll(() => api?.close());

/** One command line as the page shows it. */
async function run(line: string): Promise<{ status: number; out: string; err: string }> {
  const context = testContext({ config: () => api.config, open: openSystem, now: Date.now });
  const status = await runProgram(line.replace(/#.*$/, '').trim().split(/\s+/).slice(2), context);
  return { status, ...context.seen };
}

describe('docs/notifications.md', () => {
  it.each(blocksOf('bash').flatMap((block) => block.trim().split('\n')))('has a command that runs: %s', async (line) => {
    const { status, out, err } = await run(line);
    expect([status, out.length > 0], err).toEqual([0, true]);
  });

  it('says that nothing is sent unless it is configured', async () => {
    const { out } = await run('npx impact notify test');
    const outcomes = out
      .trim()
      .split('\n')
      .slice(2)
      .map((row) => /\b(sent|skipped|retry|refused)\b/.exec(row)?.[1]);
    expect(outcomes.length).toBeGreaterThan(5);
    expect(new Set(outcomes)).toEqual(new Set(['skipped']));
  });

  it('shows a routing that is valid', () => {
    for (const text of blocksOf('yaml')) expect(parseRouting(parse(text))).toMatchObject({ ok: true });
  });

  it('shows a webhook that can be registered as it stands', async () => {
    const [form = ''] = blocksOf('json');
    const headers = { 'content-type': 'application/json' };
    const made = await api.ask('POST', '/api/v1/webhooks', await api.token('operator'), { payload: form, headers });
    expect([made.status, made.json.events]).toEqual([201, JSON.parse(form).events]);
    const { out } = await run(`npx impact webhooks rotate ${made.json.id}`);
    expect(out).toMatch(/^whsec_/);
    for (const action of ['off', 'on', 'test', 'remove'])
      expect((await run(`npx impact webhooks ${action} ${made.json.id}`)).status).toBe(0);
    expect(await run(`npx impact webhooks remove ${made.json.id}`)).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no webhook'),
    });
  });

  it('shows how a message is verified', async () => {
    const [example = ''] = blocksOf('ts');
    const source = example
      .replace("'standardwebhooks'", `'${import.meta.resolve('standardwebhooks')}'`)
      .replace(/: (string|unknown|Record<string, string>)/g, '');
    const { received } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      received(body: string, headers: object): unknown;
    };
    const secret = /whsec_\w+/.exec(example)?.[0] ?? '';
    const [body, seconds] = ['{"type":"test"}', Math.floor(Date.now() / 1000)];
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': signatures([secret], 'msg_1', seconds, body),
    };
    expect(received(body, headers)).toEqual({ type: 'test' });
    expect(() => received('{"type":"other"}', headers)).toThrow();
  });

  it('shows SQL that runs, and messages that can be shown and sent again', async () => {
    for (const statement of blocksOf('sql').flatMap((block) => block.split(';').filter((one) => one.trim() !== '')))
      await api.postgres.query(statement);
    const [row] = await api.postgres.query<{ id: number }>(`UPDATE outbox SET state = 'dead' WHERE key = 'hello/2026-01-11' RETURNING id`);
    expect((await run('npx impact deliveries list --state dead')).out).toContain('ann@example.com');
    expect(JSON.parse((await run(`npx impact deliveries show ${row?.id}`)).out)).toMatchObject({ state: 'dead', log: [] });
    expect((await run(`npx impact deliveries redeliver ${row?.id}`)).status).toBe(0);
    expect(await run(`npx impact deliveries redeliver ${row?.id}`)).toMatchObject({
      status: 1,
      err: expect.stringContaining('still on its way'),
    });
    expect((await run('npx impact deliveries show 999999')).status).toBe(1);
  });

  it('has silences that can be ended, and alerts that are acknowledged once', async () => {
    const made = await run('npx impact silences add --for 1h --reason test --severity warning');
    expect((await run(`npx impact silences end ${made.out.trim()}`)).status).toBe(0);
    expect((await run('npx impact silences end 0f8fad5b-d9cb-469f-a165-70867728950e')).status).toBe(1);
    expect((await run('npx impact alerts ack error-rate:1768132800000 --by bob')).out).toContain('by ann');
    expect((await run('npx impact alerts ack none')).status).toBe(1);
  });

  it('names every event, state, label and setting', () => {
    const names = [...announcementTypes, ...deliveryStates, ...groupLabels];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const known = new Set(Object.values(settings).map(({ env }) => env));
    const named = [...page.matchAll(/`((?:PAGERDUTY|SLACK|SMTP|EMAIL|FROM|WEBHOOK|NOTIFY|ROUTING|PUBLIC)_[A-Z_]+)(?:=[^`]*)?`/g)].map(
      ([, name = '']) => name,
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
