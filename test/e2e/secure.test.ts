/**
 * The whole road over TLS and by passwords, on components that refuse everyone else. Nothing but settings differs from any other installation.
 * And what an operator is told who gets one of them wrong.
 */
import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSystem } from '../../src/cli/wiring.ts';
import { createImpactClient } from '../../src/client/client.ts';
import { type KafkaTransportOptions, kafkaTransport } from '../../src/client/kafka.ts';
import { loadConfig } from '../../src/config.ts';
import { impact as impactHere } from '../cli/terminal.ts';
import { impactCommand } from '../support/command.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { type ImpactProcess, startImpact } from '../support/impact-process.ts';
import { openSecureStack, type SecureStack } from '../support/secure-stack.ts';

const root = new URL('../../', import.meta.url);
const DEADLINE_MS = 40_000;
const components = ['kafka', 'registry', 'clickhouse', 'postgres', 'redis'] as const;
type Component = (typeof components)[number];

let stack: SecureStack;
let env: Record<string, string>;
/** All that any process of ours has said in this file. */
const said: string[] = [];

async function impact(line: string, changes: Record<string, string> = {}) {
  const ended = await impactCommand(line.split(' '), { ...env, ...changes });
  said.push(ended.out, ended.err);
  return ended;
}

beforeAll(async () => {
  stack = await openSecureStack('secure');
  const windows = { WINDOW_SIZES: '1s', ROI_WINDOW_SIZES: '1h/5m', WINDOW_DELAY_MS: '0', WINDOW_IDLE_MS: '300', KAFKA_PARTITIONS: '1' };
  // At this level kafkajs tells of every request.
  env = { ...testEnv(windows), ...stack.env, LOG_LEVEL: 'debug' };
});
afterAll(() => stack?.close());

const ticked = (what: string, seen: string): RegExp => new RegExp(`✓ ${what} +${seen}`);

describe('an installation of which every component demands TLS and a password', () => {
  let stages: ImpactProcess;
  let token: string;

  afterAll(async () => {
    await stages?.stop();
    said.push(stages?.written() ?? '');
  });

  it('is prepared and found well by settings alone', async () => {
    expect(await impact('migrate')).toMatchObject({ status: 0 });
    const { status, out } = await impact('check');
    expect(out).not.toContain('✗');
    for (const what of components) expect(out).toMatch(ticked(what, '.*, over TLS\\n'));
    expect(status).toBe(0);
  });

  it('runs its stages', async () => {
    const rules = join(dirname(stack.authority.caFile), 'rules.yaml');
    const rule = 'id: failures\n    title: Failures\n    metric: request_error\n    statistic: percent\n    scope: tenant\n    window: 1s';
    writeFileSync(rules, `rules:\n  - ${rule}\n    comparison: above\n    warning: 2\n    critical: 5\n    minSample: 4\n`);
    const [imported, created] = await Promise.all([impact(`rules import ${rules}`), impact('tokens create --role operator --output json')]);
    expect(imported).toMatchObject({ status: 0 });
    token = JSON.parse(created.out).token;
    stages = await startImpact(['store', 'window', 'alert', 'record', 'api'], env);
    await eventually(async () => expect(await stages.readiness()).toMatchObject({ ready: true }), DEADLINE_MS);
  });

  const asked = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${stages.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status, path).toBe(200);
    return (await answer.json()) as Record<string, unknown>;
  };

  type Sasl = NonNullable<KafkaTransportOptions['sasl']>;
  const serviceOf = (mechanism: string, changes: Partial<KafkaTransportOptions> = {}) => {
    const { username, password, authority } = stack;
    const ca = readFileSync(authority.caFile, 'utf8');
    const transport = kafkaTransport({
      brokers: [env['KAFKA_BROKERS'] ?? ''],
      ssl: { ca },
      sasl: { mechanism, username, password } as Sasl,
      registry: { url: env['SCHEMA_REGISTRY_URL'] ?? '', username, password, ca },
      namespace: env['IMPACT_NAMESPACE'] ?? '',
      ...changes,
    });
    return createImpactClient({ source: 'gateway', transport });
  };
  const withCertificate = (): Partial<KafkaTransportOptions> => {
    const { certificateFile, keyFile } = stack.authority.issue('gateway');
    const [ca, cert, key] = [stack.authority.caFile, certificateFile, keyFile].map((file) => readFileSync(file, 'utf8')) as [
      string,
      string,
      string,
    ];
    return { brokers: [stack.strictKafka], ssl: { ca, cert, key } };
  };

  it('takes events from services, by each mechanism, and by a certificate where brokers ask for one', async () => {
    const at = Date.now();
    const services = [
      serviceOf('plain'),
      serviceOf('scram-sha-256'),
      serviceOf('scram-sha-512'),
      serviceOf('scram-sha-512', withCertificate()),
    ];
    const fail = (occurredAt: number) => ({
      tenantId: 'safe',
      service: 'websocket',
      operation: 'push',
      latencyMs: 41,
      ok: false,
      occurredAt,
    });
    for (const service of services) for (const occurredAt of [at - 2_000, at]) service.trackRequest(fail(occurredAt));
    await Promise.all(services.map((service) => service.close()));
    expect(services.map((service) => service.counters().delivered)).toEqual([2, 2, 2, 2]);
  });

  it('takes the event of the example in docs/operating.md', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(new URL('docs/operating.md', root), 'utf8')) ?? [];
    const here = example
      .replaceAll(/'impactstream\/client(\/\w+)?'/g, (_, part = '/client') => `'${new URL(`src/client${part}.ts`, root).href}'`)
      .replace('/etc/impactstream/ca.pem', stack.authority.caFile)
      .replace("brokers: ['kafka-1.example.com:9093']", `namespace: '${env['IMPACT_NAMESPACE']}', brokers: ['${env['KAFKA_BROKERS']}']`)
      .replace('https://registry.example.com', env['SCHEMA_REGISTRY_URL'] ?? '')
      .replaceAll('lead-router', stack.username);
    const file = join(dirname(stack.authority.caFile), 'example.ts');
    writeFileSync(file, here);
    expect(await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env } })).toEqual({ stdout: '', stderr: '' });
    await eventually(async () => {
      expect(JSON.stringify(await asked('features?tenant=tenant_123'))).toContain('realtime_intelligence');
    }, DEADLINE_MS);
  });

  it('answers with their rollup, and raises the alert that they are', async () => {
    const day = 86_400_000;
    const [from, to] = [Date.now() - day, Date.now() + day].map((at) => new Date(at).toISOString());
    await eventually(async () => {
      const { series } = await asked(`series?metric=request_error&tenant=safe&aggregate=count&step=1h&from=${from}&to=${to}`);
      expect(JSON.stringify(series)).toMatch(/8/);
    }, DEADLINE_MS);
    await eventually(async () => {
      expect(JSON.stringify(await asked('alerts?tenant=safe'))).toContain('failures');
    }, DEADLINE_MS);
    const { out } = await impact('alerts tail --since 1h --no-follow --output json');
    expect(out).toMatch(/"rule(Id)?":\s*"failures"/);
  });

  it('keeps a flag in Redis', async () => {
    expect(await impact('flags create guarded')).toMatchObject({ status: 0, out: expect.stringContaining('guarded') });
  });
});

/** The command in this process: to begin a new one takes longer than all that it looks at. */
async function check(changes: Record<string, string>) {
  const ended = await impactHere('check', { config: () => loadConfig({ ...env, ...changes, LOG_LEVEL: 'silent' }), open: openSystem });
  said.push(ended.out, ended.err);
  return ended;
}

/** What `impact check` says about each component, and what to do. */
async function refused(changes: Record<string, string>): Promise<Record<Component, string>> {
  const { status, out } = await check(changes);
  expect(status).toBe(1);
  const about = (what: Component): string =>
    new RegExp(`^✗ ${what} +.*\\n +→ .*$`, 'm').exec(out)?.[0] ?? `nothing about ${what} in:\n${out}`;
  return Object.fromEntries(components.map((what) => [what, about(what)])) as Record<Component, string>;
}

const noAuthorities = { KAFKA_CA_FILE: '', SCHEMA_REGISTRY_CA_FILE: '', CLICKHOUSE_CA_FILE: '', DATABASE_CA_FILE: '', REDIS_CA_FILE: '' };
const replaced = (name: string, from: string | RegExp, to: string) => ({ [name]: (env[name] ?? '').replace(from, to) });

describe('impact check says what is wrong and what mends it', () => {
  it('when the authority of a certificate is not named', async () => {
    const found = await refused({ ...noAuthorities, ...replaced('DATABASE_URL', /$/, '?sslmode=verify-full') });
    const file: Record<Component, string> = {
      kafka: 'KAFKA_CA_FILE',
      registry: 'SCHEMA_REGISTRY_CA_FILE',
      clickhouse: 'CLICKHOUSE_CA_FILE',
      postgres: 'DATABASE_CA_FILE',
      redis: 'REDIS_CA_FILE',
    };
    for (const what of components) expect(found[what]).toMatch(new RegExp(`certificate.*\\n.*authority.*PEM file in ${file[what]}`));
  });

  it('when a password is wrong', async () => {
    const found = await refused({
      KAFKA_PASSWORD: 'wrong',
      SCHEMA_REGISTRY_PASSWORD: 'wrong',
      CLICKHOUSE_PASSWORD: 'wrong',
      ...replaced('DATABASE_URL', encodeURIComponent(stack.password), 'wrong'),
      ...replaced('REDIS_URL', encodeURIComponent(stack.password), 'wrong'),
    });
    expect(found.kafka).toMatch(/authentication failed.*\n.*KAFKA_USERNAME and KAFKA_PASSWORD/);
    expect(found.registry).toMatch(/401.*\n.*SCHEMA_REGISTRY_PASSWORD/);
    expect(found.clickhouse).toMatch(/Authentication failed.*\n.*CLICKHOUSE_PASSWORD/);
    expect(found.postgres).toMatch(/password authentication failed.*\n.*password in DATABASE_URL/);
    expect(found.redis).toMatch(/WRONGPASS.*\n.*password in REDIS_URL/);
  });

  it('when nobody signs in', async () => {
    const found = await refused({
      KAFKA_SASL_MECHANISM: 'none',
      KAFKA_USERNAME: '',
      KAFKA_PASSWORD: '',
      SCHEMA_REGISTRY_USERNAME: '',
      SCHEMA_REGISTRY_PASSWORD: '',
      CLICKHOUSE_PASSWORD: '',
      ...replaced('DATABASE_URL', `:${encodeURIComponent(stack.password)}`, ''),
      ...replaced('REDIS_URL', /\/\/.*@/, '//'),
    });
    expect(found.kafka).toMatch(/\n.*who does not sign in: set KAFKA_SASL_MECHANISM/);
    for (const what of ['registry', 'clickhouse', 'postgres', 'redis'] as const) expect(found[what]).toMatch(/\n.*does not know this user/);
  });

  it('when a connection is in plain text', async () => {
    const found = await refused({
      ...noAuthorities,
      KAFKA_TLS: 'false',
      ...replaced('SCHEMA_REGISTRY_URL', 'https:', 'http:'),
      ...replaced('CLICKHOUSE_URL', 'https:', 'http:'),
      ...replaced('REDIS_URL', 'rediss:', 'redis:'),
    });
    expect(found.postgres).toContain('no encryption');
    const remedy: Record<Component, string> = {
      kafka: 'KAFKA_TLS=true',
      registry: 'https:// in SCHEMA_REGISTRY_URL',
      clickhouse: 'https:// in CLICKHOUSE_URL',
      postgres: 'sslmode=verify-full in DATABASE_URL',
      redis: 'rediss:// in REDIS_URL',
    };
    for (const what of components) expect(found[what]).toMatch(new RegExp(`\\n.*plain text. If it expects TLS: ${remedy[what]}`));
  });

  it('when the brokers have another mechanism, or want a certificate', async () => {
    const { certificateFile, keyFile } = stack.authority.issue('operator');
    const ours = { KAFKA_BROKERS: stack.strictKafka, KAFKA_CERT_FILE: certificateFile, KAFKA_KEY_FILE: keyFile };
    const [mechanism, none, stranger, well] = await Promise.all([
      refused({ ...ours, KAFKA_SASL_MECHANISM: 'plain' }),
      refused({ KAFKA_BROKERS: stack.strictKafka }),
      refused({ ...ours, KAFKA_CERT_FILE: stack.stranger.certificateFile, KAFKA_KEY_FILE: stack.stranger.keyFile }),
      check(ours),
    ]);
    expect(mechanism.kafka).toMatch(/does not support the requested SASL mechanism\n.*choose a KAFKA_SASL_MECHANISM/);
    for (const { kafka } of [none, stranger]) expect(kafka).toMatch(/\n.*KAFKA_CERT_FILE and KAFKA_KEY_FILE/);
    expect(well.out).toMatch(ticked('kafka', '1 broker'));
  });
});

const program = fileURLToPath(new URL('src/cli/impact.ts', root));

describe('secrets', () => {
  it('are not in what a process says that tries again and again with a wrong one', async () => {
    const child = spawn(process.execPath, [program, 'migrate'], { env: { ...process.env, ...env, KAFKA_PASSWORD: `${stack.password}!` } });
    let written = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (written += chunk));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await eventually(() => expect(written).toMatch(/authentication failed.*trying again/i), DEADLINE_MS);
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    said.push(written);
  });

  it('are in nothing that was said, in no form', () => {
    const all = said.join('\n');
    const { username, password } = stack;
    const pair = `${username}:${password}`;
    const forms = [password, encodeURIComponent(password), Buffer.from(password).toString('base64'), Buffer.from(pair).toString('base64')];
    expect(all).toContain('"kafka":"');
    for (const form of forms) expect(all.includes(form)).toBe(false);
  });
});
