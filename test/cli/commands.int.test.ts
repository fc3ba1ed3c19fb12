import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import { impactCommand } from '../support/command.ts';
import { testEnv } from '../support/config.ts';

const env = testEnv();
const config = loadConfig(env);
const impact = (line: string) => impactCommand(line.split(' '), env);
let adapters: Adapters;
let folder: string;

beforeAll(async () => {
  adapters = openAdapters(config);
  folder = mkdtempSync(join(tmpdir(), 'impact-'));
});
afterAll(async () => {
  await adapters.close();
  rmSync(folder, { recursive: true });
});

const full = (topic: string): string => topicName(config.namespace, topic);

/** What is on a topic now. */
async function recordsOf(topic: string) {
  const records: Parameters<Parameters<Adapters['readTopic']>[2]>[0][] = [];
  await adapters.readTopic(topic, { since: 0, follow: false }, (record) => {
    records.push(record);
  });
  return records;
}

describe('a fresh installation', () => {
  it('fails the check, saying what to do, until it is migrated', async () => {
    const before = await impact('check');
    expect(before.status).toBe(1);
    expect(before.out).toMatch(/✗ topics .*\n +→ create them with `npx impact migrate`/);
    expect(await impact('migrate')).toMatchObject({ status: 0 });
    const after = await impact('check --output json');
    expect(JSON.parse(after.out)).toMatchObject({ ok: true });
    expect(after.status).toBe(0);
  });

  it('says which address does not answer, without a stack trace', async () => {
    const { status, out, err } = await impactCommand(['check'], { ...env, DATABASE_URL: 'postgresql://impact@127.0.0.1:1/impact' });
    expect(status).toBe(1);
    expect(out).toMatch(/✗ postgres .*ECONNREFUSED.*\n.*DATABASE_URL/);
    expect(out + err).not.toContain('    at ');
  });
});

describe('tokens and rules', () => {
  it('makes a token once, lists it without its secret, and revokes it', async () => {
    const { token, id } = JSON.parse((await impact('tokens create --role viewer --tenant acme --output json')).out) as {
      token: string;
      id: string;
    };
    expect(token).toMatch(/^imp_/);
    expect((await impact(`tokens revoke ${id}`)).out).toContain(`revoked ${id}`);
    const listed = await impact('tokens list --output json');
    expect(JSON.parse(listed.out)).toContainEqual(expect.objectContaining({ id, tenant: 'acme', state: 'revoked' }));
    expect(listed.out).not.toContain(token);
    expect(await impact('tokens revoke 000000000000')).toMatchObject({ status: 1, err: expect.stringContaining('there is no token') });
  });

  it('imports what it exports, and lists every fault of a bad file without changing anything', async () => {
    const file = join(folder, 'rules.yaml');
    expect(await impact('rules import infra/alerts/rules.yaml')).toMatchObject({ status: 0 });
    const exported = (await impact('rules export')).out;
    writeFileSync(file, exported);
    expect((await impact(`rules import ${file}`)).out).not.toMatch(/created|updated/);
    writeFileSync(file, exported.replace('comparison: below', 'comparison: beneath').replace('window: 24h', 'window: daily'));
    const bad = await impact(`rules import ${file}`);
    expect(bad.status).toBe(1);
    expect(bad.err).toMatch(/comparison: .*beneath.*\n +expected one of above, below/);
    expect((await impact('rules export')).out).toBe(exported);
  });
});

describe('dead letters', () => {
  const original = full(eventTopics['lead-intelligence']);
  const headers = (reason: string) => ({ 'dl-reason': reason, 'dl-message': 'why', 'dl-topic': original, 'dl-attempt': '1', trace: 'abc' });

  beforeAll(async () => {
    const producer = await adapters.producer();
    const letter = (text: string, reason: string) => ({ key: 'acme|x', value: Buffer.from(text), headers: headers(reason) });
    await producer.send(full(topics.deadLetters), [
      letter('first', 'not_avro_framed'),
      letter('first', 'not_avro_framed'),
      letter('second', 'invalid_field'),
    ]);
  });

  it('are counted by reason', async () => {
    const { out } = await impact('dlq list --output json');
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ reason: 'not_avro_framed', topic: original, count: 2 }),
      expect.objectContaining({ reason: 'invalid_field', count: 1 }),
    ]);
  });

  it('are shown one by one, with headers, the reason why they cannot be read, and bytes', async () => {
    const [listed] = JSON.parse((await impact('dlq list --each --reason invalid_field --output json')).out) as [{ id: string }];
    const { out } = await impact(`dlq show ${listed.id}`);
    expect(out).toMatch(/dl-reason +invalid_field/);
    expect(out).toContain('(cannot be decoded: ');
    expect(out).toContain('73 65 63 6f 6e 64');
    expect(await impact('dlq show 0:999')).toMatchObject({ status: 1, err: expect.stringContaining('there is no dead letter 0:999') });
  });

  it('are only counted by a dry run, then sent again: each message once, with its own headers and its count of deaths', async () => {
    expect((await impact('dlq replay --reason not_avro_framed --dry-run')).out).toContain('1 would be sent again');
    expect(await recordsOf(original)).toEqual([]);
    expect((await impact('dlq replay --reason not_avro_framed')).out).toContain('1 sent again');
    const [record, ...others] = await recordsOf(original);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ headers: { trace: 'abc', 'dl-attempt': '1' }, key: Buffer.from('acme|x'), value: Buffer.from('first') });
  });
});

describe('reading a topic', () => {
  it('begins at a time and ends at what was there, also where nothing is', async () => {
    const topic = full(topics.lateEvents);
    expect(await recordsOf(topic)).toEqual([]);
    const producer = await adapters.producer();
    const at = (timestamp: number) => ({ key: null, value: Buffer.from('x'), timestamp: String(timestamp) });
    const now = Date.now();
    await producer.send(topic, [at(now - 60_000), at(now - 30_000), at(now)]);
    const seen: number[] = [];
    await adapters.readTopic(topic, { since: now - 45_000, follow: false }, ({ timestamp }) => {
      seen.push(timestamp);
    });
    expect(seen.sort()).toEqual([now - 30_000, now]);
  });

  it('passes on what its reader throws', async () => {
    const failing = adapters.readTopic(full(topics.lateEvents), { since: 0, follow: false }, () => {
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
  });
});

describe('emitting', () => {
  it('generates for a while, and every event is on Kafka', async () => {
    const { status, out } = await impact('emit --generate 100 --for 2s');
    expect(status).toBe(0);
    const sent = Number(/^([\d,]+) events acknowledged/.exec(out)?.[1]?.replaceAll(',', ''));
    const lists = await Promise.all(Object.values(eventTopics).map((topic) => recordsOf(full(topic))));
    const generated = lists.flat().filter(({ headers }) => headers['trace'] === undefined);
    expect(generated.length).toBe(sent);
    expect(sent).toBeGreaterThan(150);
  });
});
