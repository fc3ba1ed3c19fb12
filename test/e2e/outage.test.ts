/** Each component is gone for 20 s under load, one after the other in one run: readiness tells it, and nothing is lost or doubled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComponentName } from '../../infra/local/layout.ts';
import { stackDown, stackUp, startComponent, stopComponent } from '../../infra/stack.ts';
import { avroType, encoderOf, ownSchemaText } from '../../src/adapters/registry/avro.ts';
import type { EventKind } from '../../src/domain/event.ts';
import { subjectOf } from '../../src/domain/schema.ts';
import { floorTo } from '../../src/domain/window.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import type { Encoder } from '../../src/runtime/codec.ts';
import { testConfig } from '../support/config.ts';
import { environmentOf, WINDOW_MS, watchReadiness } from '../support/disturbed.ts';
import { expectAlerts, expectStored, expectWindows } from '../support/equality.ts';
import { eventually } from '../support/eventually.ts';
import { type ImpactProcess, startImpact } from '../support/impact-process.ts';
import { ownStack } from '../support/stack.ts';
import { type SteadyLoad, startSteadyLoad } from '../support/steady-load.ts';
import { allStored } from '../support/store.ts';

const stack = ownStack('outages');
const OUTAGE_MS = 20_000;
/** Readiness is green again this long after a component answers again. */
const GREEN_MS = 60_000;

let impact: ImpactProcess;
let adapters: Adapters;
let load: SteadyLoad;
let readiness: ReturnType<typeof watchReadiness>;
let removeFiles: () => void;
/** Starts of the windows in which requests fail: one in each outage. */
const breaches: number[] = [];
/** Encoders of the load; the outage of the registry replaces one. */
let encoder: (kind: EventKind) => Promise<Encoder>;

beforeAll(async () => {
  const endpoints = await stackUp({ name: stack, ports: 'free' });
  const { env, remove } = environmentOf(endpoints, {
    KAFKA_SESSION_TIMEOUT_MS: '10000',
    STORE_FLUSH_MS: '200',
    SIGNALS_INTERVAL_MS: '5000',
  });
  removeFiles = remove;
  impact = await startImpact(['--migrate'], env);
  adapters = openAdapters(testConfig(env));
  encoder = adapters.registry.encoder;
  load = startSteadyLoad(adapters, {
    seed: 3,
    perTick: 25,
    fails: (at) => breaches.includes(floorTo(at, WINDOW_MS)),
    encoder: (kind) => encoder(kind),
  });
  readiness = watchReadiness(impact);
  await green();
}, 120_000);

afterAll(async () => {
  await Promise.all([load?.stop(), readiness?.stop()]);
  await impact?.stop();
  await adapters?.close();
  await stackDown({ name: stack, wipe: true });
  removeFiles?.();
}, 60_000);

/** Ready now, and said so after this call began. */
async function green(): Promise<void> {
  const since = performance.now();
  await eventually(() => {
    const sample = readiness.samples.at(-1);
    expect(sample?.at).toBeGreaterThan(since);
    expect(sample?.reasons).toEqual([]);
  }, GREEN_MS);
}

/** Takes a component away for 20 s, in which requests fail for a window, and answers all that readiness said meanwhile. */
async function outageOf(component: ComponentName, signal: 'SIGTERM' | 'SIGKILL', onceGone = () => {}): Promise<string[][]> {
  await green();
  breaches.push(floorTo(Date.now(), WINDOW_MS) + WINDOW_MS);
  await stopComponent(component, { stack, signal });
  onceGone();
  const from = performance.now();
  await sleep(OUTAGE_MS);
  const to = performance.now();
  await startComponent(component, { stack });
  await green();
  expect([impact.child.exitCode, impact.child.signalCode]).toEqual([null, null]);
  return readiness.samples.filter(({ at }) => at > from && at < to).map(({ reasons }) => reasons);
}

/** An own schema as a later release may have it: one more field. Registered, but nobody has used it yet. */
async function registerLater(kind: EventKind): Promise<Encoder> {
  const { registryUrl, namespace } = adapters.config;
  const schema = JSON.parse(ownSchemaText(kind)) as { fields: object[] };
  schema.fields.push({ name: 'laterField', type: ['null', 'string'], default: null });
  const text = JSON.stringify(schema);
  const answer = await fetch(`${registryUrl}/subjects/${encodeURIComponent(subjectOf(namespace, kind))}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: text }),
  });
  const { id } = (await answer.json()) as { id: number };
  const encode = encoderOf(avroType(text), id);
  return (record) => encode({ laterField: null, ...record });
}

describe('twenty seconds without', () => {
  it('Kafka turn every stage red that lives by it', async () => {
    const said = (await outageOf('kafka', 'SIGTERM')).flat();
    for (const stage of ['store', 'window', 'alert', 'record']) expect(said).toContainEqual(expect.stringMatching(`^${stage}: .*kafka`));
  }, 180_000);

  it('ClickHouse turn the store and the API red', async () => {
    const said = (await outageOf('clickhouse', 'SIGKILL')).flat();
    for (const stage of ['store', 'api']) expect(said).toContainEqual(expect.stringMatching(`^${stage}: .*clickhouse`));
  }, 180_000);

  it('Postgres turn the API and the signals red', async () => {
    const said = (await outageOf('postgres', 'SIGTERM')).flat();
    for (const stage of ['api', 'signals']) expect(said).toContainEqual(expect.stringMatching(`^${stage}: .*postgres`));
  }, 180_000);

  it('Redis turn red what changes flags, and nothing else', async () => {
    const said = (await outageOf('redis', 'SIGKILL')).flat();
    expect(said).toContainEqual(expect.stringMatching('^guard: .*redis'));
    expect(said.filter((reason) => !/^(guard|rollout): /.test(reason))).toEqual([]);
  }, 180_000);

  it('the registry turn those red that meet a schema which they have not seen yet', async () => {
    const encode = await registerLater('custom-metrics');
    const known = encoder;
    const useIt = (): void => {
      encoder = async (kind) => (kind === 'custom-metrics' ? encode : known(kind));
    };
    const said = (await outageOf('registry', 'SIGTERM', useIt)).flat();
    for (const stage of ['store', 'window']) expect(said).toContainEqual(expect.stringMatching(`^${stage}: .*registry`));
  }, 180_000);
});

describe('after all outages', () => {
  beforeAll(async () => {
    await load.stop();
    await allStored(adapters.config, 60_000);
  }, 180_000);

  it('every event that was sent is stored once, and all three tiers add up to what was sent', async () => {
    await expectStored(adapters, load.events);
  });

  it('every window has been told as its events say, and no row twice', async () => {
    await expectWindows(adapters, load.events);
  });

  it('each breach has opened and resolved its alert once, and each transition is recorded', async () => {
    await expectAlerts(adapters, breaches);
  });

  it('the process is the one that was started, and ends when it is told to', async () => {
    expect([impact.child.exitCode, impact.child.signalCode]).toEqual([null, null]);
    await readiness.stop();
    expect(await impact.stop()).toBe('0');
  }, 60_000);
});
