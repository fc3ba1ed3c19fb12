/** How soon a produced event is visible in the API, and how soon an alert is on its topic after its window could close. */
import type { StackEndpoints } from '../../infra/stack.ts';
import type { Producer } from '../../src/adapters/kafka/producer.ts';
import type { Config } from '../../src/config.ts';
import { topicName } from '../../src/domain/names.ts';
import { parseRule } from '../../src/domain/rule.ts';
import { eventKey } from '../../src/domain/schema.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import { startStages } from '../../src/main.ts';
import { createRule } from '../../src/query/rules.ts';
import { createToken } from '../../src/query/tokens.ts';
import { runStages } from './child.ts';
import { percentile } from './percentile.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const RATE = 5_000;
const SECONDS = 45;
const TENANTS = 50;
const TICK_MS = 50;
const WINDOW_MS = 5_000;

type Send = { send: Producer['send']; encode: (record: object) => Buffer; config: Config };

const requestRecord = (
  tenantId: string,
  occurredAt: number,
  latencyMs: number,
): Record<string, unknown> & { tenantId: string; featureId: string } => ({
  eventId: crypto.randomUUID(),
  revision: 0,
  retracted: false,
  source: 'bench',
  occurredAt,
  tenantId,
  userId: null,
  entityId: null,
  featureId: 'platform',
  variant: null,
  service: 'websocket',
  operation: 'push',
  latencyMs,
  ok: true,
  errorCode: null,
});

/** Latency is bad in every other window, so that each tenant's alert opens and resolves again and again. */
const latencyAt = (time: number): number => (Math.floor(time / WINDOW_MS) % 2 === 0 ? 500 : 10);

async function emitSteadily({ send, encode, config }: Send, until: number): Promise<void> {
  const topic = topicName(config.namespace, eventTopics['request-telemetry']);
  let sent = 0;
  for (const start = Date.now(); Date.now() < until; ) {
    const due = Math.floor(((Date.now() - start) / 1000) * RATE) - sent;
    const now = Date.now();
    const messages = Array.from({ length: due }, (_, i) => {
      const record = requestRecord(`tenant-${(sent + i) % TENANTS}`, now, latencyAt(now));
      return { key: eventKey(record), value: encode(record) };
    });
    await send(topic, messages);
    sent += due;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}

async function visible(api: string, token: string, tenant: string): Promise<boolean> {
  const url = `${api}/api/v1/series?metric=websocket_latency_ms&aggregate=count&step=1m&tenant=${tenant}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const answer = (await response.json()) as { series: { points: { value: number | null }[] }[] };
  return answer.series.some(({ points }) => points.some(({ value }) => (value ?? 0) > 0));
}

/** One event of a tenant that nobody has seen, every now and then; how long until a reader of the API sees it. */
async function freshness({ send, encode, config }: Send, api: string, token: string, until: number): Promise<number[]> {
  const topic = topicName(config.namespace, eventTopics['request-telemetry']);
  const sample: number[] = [];
  for (let probe = 0; Date.now() < until; probe += 1) {
    const record = requestRecord(`probe-${probe}`, Date.now(), 10);
    const start = performance.now();
    await send(topic, [{ key: eventKey(record), value: encode(record) }]);
    while (!(await visible(api, token, record.tenantId))) await new Promise((resolve) => setTimeout(resolve, 20));
    sample.push((performance.now() - start) / 1000);
  }
  return sample;
}

/** Seconds from the moment the watermark could pass a window's end to the alert's record, for every transition. */
async function alertDelays({ adapters, config }: Place, since: number): Promise<number[]> {
  const decoder = adapters.registry.decoder('alert');
  const sample: number[] = [];
  await adapters.readTopic(topicName(config.namespace, topics.alerts), { since, follow: false }, async ({ value, timestamp }) => {
    await decoder.prepare([value]);
    const decoded = decoder.decode(value);
    if (decoded.ok) sample.push((timestamp - (Number(decoded.record['windowEnd']) + config.windowDelayMs)) / 1000);
  });
  return sample;
}

async function addRule({ adapters }: Place): Promise<void> {
  const document = {
    id: 'bench-latency',
    title: 'Latency of a tenant',
    metric: 'websocket_latency_ms',
    scope: 'tenant',
    window: `${WINDOW_MS / 1000}s`,
    comparison: 'above',
    warning: 100,
    minSample: 1,
    runbook: 'bench',
  };
  const parsed = parseRule(document, [WINDOW_MS]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await createRule(adapters.postgres, parsed.rule, { by: 'bench', reason: 'bench' });
}

export async function benchLatency(at: StackEndpoints, say: (line: string) => void): Promise<BenchRow[]> {
  return withPlace(at, { WINDOW_SIZES: `${WINDOW_MS / 1000}s` }, async (place) => {
    const { adapters, config } = place;
    await addRule(place);
    const { token } = await createToken(adapters.postgres, { role: 'viewer', tenantId: null, name: 'bench', expiresAt: null });
    const stages = runStages(['store', 'window', 'alert'], place.env);
    const api = await startStages(config, ['api']);
    const encode = await adapters.registry.encoder('request-telemetry');
    const sender = { send: (await adapters.producer()).send, encode, config };
    say(`${RATE} events/s for ${SECONDS} s: freshness and alert delay`);
    await emitSteadily(sender, Date.now() + 12_000);
    const [since, cpuBefore] = [Date.now(), stages.cpuSeconds()];
    const until = since + SECONDS * 1000;
    const [sample] = await Promise.all([freshness(sender, api.apiUrl ?? '', token, until), emitSteadily(sender, until)]);
    const cpuShare = (stages.cpuSeconds() - cpuBefore) / SECONDS;
    const delays = await alertDelays(place, since);
    await stages.stop();
    await api.stop();
    const row = (what: string, sampleSeconds: number[], share: number, goalSeconds: number): BenchRow =>
      benchRow({ what, ours: percentile(sampleSeconds, share), unit: 's', goal: { comparison: '<=', value: goalSeconds } });
    return [
      row(`produced to visible in the API at ${RATE} events/s, p50 of ${sample.length}`, sample, 0.5, 2),
      row(`produced to visible in the API at ${RATE} events/s, p99`, sample, 0.99, 2),
      row(`window closed to alert on its topic, p50 of ${delays.length}`, delays, 0.5, 1),
      row('window closed to alert on its topic, p99', delays, 0.99, 1),
      benchRow({
        what: `CPU of store, window and alert at ${RATE} events/s`,
        ours: 100 * cpuShare,
        unit: '% of a core',
        goal: { comparison: '<=', value: 100 },
      }),
    ];
  });
}
