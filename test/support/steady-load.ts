/** Events that happen now, at a steady rate, from a service that keeps each until Kafka has acknowledged it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventKind, FeatureEvent } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import type { Encoder } from '../../src/runtime/codec.ts';
import { eventOf } from './feature-events.ts';
import { randomOf } from './store-load.ts';

export type SteadyLoad = {
  /** Every event that happened, acknowledged or not yet; each once. */
  readonly events: readonly FeatureEvent[];
  /** The error that the service meets at the moment, if any. */
  trouble(): string | null;
  /** No event happens any more. Resolves when all have been acknowledged. */
  stop(): Promise<void>;
};

export type SteadyOptions = {
  seed: number;
  /** Events in each quarter of a second. */
  perTick: number;
  /** Does a request at this moment (milliseconds since 1970) fail? */
  fails: (at: number) => boolean;
  /** The encoder of a kind; asked for each batch, so that a test may change schemas. */
  encoder: (kind: EventKind) => Promise<Encoder>;
};

/** Each time costs the components a dozen requests, however many events there are. */
const TICK_MS = 250;
const RETRY_MS = 250;
const MOST_TOGETHER = 1000;
/** Some are sent twice, as a service does that was not sure. */
const TWICE = 0.05;
const kinds = ['lead-intelligence', 'custom-metrics', 'request-telemetry', 'churn-prevention', 'request-telemetry'] as const;

/** Every value is a multiple of a quarter, so that sums of floats are exact in whatever order they are made. */
function eventAt(at: number, n: number, quarters: number, failed: boolean): FeatureEvent {
  const who = { tenantId: `tenant${n % 4}`, entityId: `e${n}`, userId: `user${quarters % 40}`, variant: n % 3 === 0 ? null : 'treatment' };
  const time = new Date(at).toISOString();
  switch (kinds[n % kinds.length] as (typeof kinds)[number]) {
    case 'lead-intelligence':
      return eventOf('lead-intelligence', time, { ...who, responseTimeSeconds: quarters / 4, scoringLatencyMs: quarters / 4 });
    case 'custom-metrics':
      return eventOf('custom-metrics', time, { ...who, metric: `m${n % 2}`, value: quarters / 4, valueUsd: quarters / 4 });
    case 'request-telemetry':
      return eventOf('request-telemetry', time, { ...who, latencyMs: quarters / 4, ok: !failed, errorCode: failed ? 'timeout' : null });
    case 'churn-prevention':
      return eventOf('churn-prevention', time, { ...who, churned: quarters % 5 === 0, riskScore: 0.5 });
  }
}

async function sendAll({ config, producer }: Adapters, batch: readonly FeatureEvent[], encoder: SteadyOptions['encoder']): Promise<void> {
  const { send } = await producer();
  for (const [kind, group] of Map.groupBy(batch, ({ kind }) => kind)) {
    const encode = await encoder(kind);
    const messages = group.map((event) => ({ key: `${event.tenantId}|${event.featureId}`, value: encode(event) }));
    await send(topicName(config.namespace, eventTopics[kind]), messages);
  }
}

/** Begins at once. Until an event is acknowledged, those after it wait: so each partition has them in the order in which they happened. */
export function startSteadyLoad(adapters: Adapters, { seed, perTick, fails, encoder }: SteadyOptions): SteadyLoad {
  const random = randomOf(seed);
  const events: FeatureEvent[] = [];
  const waiting: FeatureEvent[] = [];
  let trouble: string | null = null;
  let stopping = false;

  const happen = (at: number): void => {
    for (let i = 0; i < perTick; i++) {
      const event = eventAt(at, events.length, Math.floor(random() * 1000), fails(at) && events.length % 2 === 0);
      events.push(event);
      waiting.push(event);
      if (random() < TWICE) waiting.push(event);
    }
  };
  const sendWaiting = async (): Promise<void> => {
    const batch = waiting.slice(0, MOST_TOGETHER);
    try {
      await sendAll(adapters, batch, encoder);
      waiting.splice(0, batch.length);
      trouble = null;
    } catch (error) {
      trouble = (error as Error).message;
      await sleep(RETRY_MS);
    }
  };
  const timer = setInterval(() => happen(Date.now()), TICK_MS);
  const sending = (async () => {
    while (!stopping || waiting.length > 0) {
      if (waiting.length > 0) await sendWaiting();
      else await sleep(50);
    }
  })();
  return {
    events,
    trouble: () => trouble,
    stop() {
      clearInterval(timer);
      stopping = true;
      return sending;
    },
  };
}
