/** Feature flags: what a question costs beside three other libraries, how soon a change is everywhere, what a tracker costs its caller. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEndpoints } from '../../infra/stack.ts';
import { createImpactClient } from '../../src/client/client.ts';
import { createFlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { kafkaTransport } from '../../src/client/kafka.ts';
import { definitionOf, type Flag } from '../../src/domain/flags/flag.ts';
import { parseDefinition } from '../../src/domain/flags/parse.ts';
import { FEATURE, TENANT } from './peers/flag-peer.ts';
import { percentile } from './percentile.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';
import { startTalking, type Talking } from './talking.ts';

const USERS = 100_000;
const WARM_UP_ROUNDS = 2;
/** In each round every library is asked about every user, one library after the other, so that what disturbs the machine disturbs all of them. */
const ROUNDS = 5;
const CHANGES = 300;
const CALLS = 50_000;
const CALLS_PER_TICK = 100;
const TICK_MS = 20;

const libraries = ['ours', 'exposing', 'unleash', 'growthbook', 'in-memory'] as const;
const by = { by: 'bench', reason: 'bench' };
type Say = (line: string) => void;
type Cost = { name: string; p50: number; p99: number };

async function ask<T>(library: Talking, order: string): Promise<T> {
  library.say(order);
  return JSON.parse(await library.hear()) as T;
}

/** @throws Error when a library does not give the feature to a quarter of the users, or not to the same ones in every round */
function checkShare({ name }: Cost, on: readonly number[]): void {
  const share = (on[0] ?? 0) / USERS;
  if (share < 0.24 || share > 0.26 || new Set(on).size !== 1) throw new Error(`${name} gave the feature to ${on.join(', ')} of ${USERS}`);
}

/** Microseconds of a question to each library, what asking the clock costs taken off. */
async function evaluationCosts({ config }: Place): Promise<Cost[]> {
  const place = [config.redisUrl, config.namespace, String(USERS)];
  const processes = await Promise.all(libraries.map((name) => startTalking('flag-library.ts', [name, ...place])));
  const on = libraries.map((): number[] => []);
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1)
    for (const [index, library] of processes.entries()) on[index]?.push(await ask(library, 'round'));
  const costs: Cost[] = [];
  for (const library of processes) costs.push(await ask<Cost>(library, `cost ${WARM_UP_ROUNDS}`));
  await Promise.all(processes.map(({ stop }) => stop()));
  for (const [index, cost] of costs.entries()) checkShare(cost, on[index] ?? []);
  return costs;
}

function evaluationRows([own, exposing, ...peers]: readonly Cost[], share: 'p50' | 'p99', limitUs: number): BenchRow[] {
  const [row, goal] = [{ ours: own?.[share] ?? Number.NaN, unit: 'us' }, { comparison: '<=', value: 1 } as const];
  const what = `flag evaluation ${share}, 25 % of ${USERS.toLocaleString('en-US')} users`;
  const values = peers.map(({ name, [share]: value }) => ({ name, value })).sort((a, b) => a.value - b.value);
  return [
    benchRow({ ...row, what, goal: { comparison: '<=', value: limitUs } }),
    ...values.map((peer) => benchRow({ ...row, what, peer, goal })),
    ...values
      .slice(0, 1)
      .map((peer) => benchRow({ ...row, ours: exposing?.[share] ?? Number.NaN, what: `${what}, exposures logged`, peer, goal })),
  ];
}

async function benchEvaluation(place: Place, say: Say): Promise<BenchRow[]> {
  say(`a question to each flag library, ${ROUNDS} times ${USERS} users`);
  const costs = await evaluationCosts(place);
  return [...evaluationRows(costs, 'p50', 0.5), ...evaluationRows(costs, 'p99', 1.5)];
}

/** The moment (monotonic clock of the machine, ns) at which the reader had this version or a later one. */
async function arrival(reader: Talking, version: number): Promise<bigint> {
  for (;;) {
    const [seen, moment = '0'] = (await reader.hear()).split(' ');
    if (Number(seen) >= version) return BigInt(moment);
  }
}

/** Milliseconds from the call of each change here until another process has it. */
async function propagationDelays({ adapters, config }: Place): Promise<number[]> {
  const reader = await startTalking('flag-reader.ts', [config.redisUrl, config.namespace, FEATURE]);
  const sample: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const at = process.hrtime.bigint();
    const edit = (flag: Flag) => ({ ...definitionOf(flag), description: `change ${change}` });
    const { version } = await adapters.flags.update(FEATURE, edit, null, by);
    sample.push(Number((await arrival(reader, version)) - at) / 1e6);
  }
  await reader.stop();
  return sample;
}

async function benchPropagation(place: Place, say: Say): Promise<BenchRow[]> {
  say(`${CHANGES} changes of a flag, seen by another process`);
  const sample = await propagationDelays(place);
  const what = `change of a flag to the copy of another process, of ${CHANGES}`;
  const row = (share: 'p50' | 'p99', value: number): BenchRow =>
    benchRow({ what: `${what}, ${share}`, ours: percentile(sample, value), unit: 'ms', goal: { comparison: '<=', value: 200 } });
  return [row('p50', 0.5), row('p99', 0.99)];
}

/** Milliseconds that each call of a tracker kept its caller, while its events get their variant and are delivered to Kafka. */
async function trackerCosts({ config }: Place): Promise<number[]> {
  const flags = createFlagClient({ source: redisFlags({ url: config.redisUrl, namespace: config.namespace }) });
  await flags.ready();
  const transport = kafkaTransport({ brokers: config.kafkaBrokers, registry: { url: config.registryUrl }, namespace: config.namespace });
  const impact = createImpactClient({ source: 'bench', transport, variants: () => flags });
  const sample: number[] = [];
  while (sample.length < CALLS) {
    for (let call = 0; call < CALLS_PER_TICK; call += 1) {
      const at = performance.now();
      const userId = `user_${sample.length}`;
      impact.recordMetric({
        tenantId: TENANT,
        userId,
        featureId: FEATURE,
        metric: 'basket_size',
        value: call,
        attributes: { plan: 'pro' },
      });
      sample.push(performance.now() - at);
    }
    await sleep(TICK_MS);
  }
  await impact.close();
  await flags.close();
  const counters = impact.counters();
  if (counters.delivered !== CALLS) throw new Error(`not every one of ${CALLS} events was delivered: ${JSON.stringify(counters)}`);
  return sample;
}

async function benchTracker(place: Place, say: Say): Promise<BenchRow[]> {
  say(`${CALLS} calls of a tracker, ${(CALLS_PER_TICK * 1000) / TICK_MS} a second at most`);
  const sample = await trackerCosts(place);
  const what = `call of a tracker, p99 of ${CALLS.toLocaleString('en-US')}`;
  return [benchRow({ what, ours: percentile(sample, 0.99), unit: 'ms', goal: { comparison: '<=', value: 10 } })];
}

export async function benchFlags(at: StackEndpoints, say: Say): Promise<BenchRow[]> {
  return withPlace(at, {}, async (place) => {
    const parsed = parseDefinition({ id: FEATURE, stage: 'beta_25' });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    await place.adapters.flags.create(parsed.definition, by);
    const evaluation = await benchEvaluation(place, say);
    const propagation = await benchPropagation(place, say);
    return [...evaluation, ...propagation, ...(await benchTracker(place, say))];
  });
}
