/** Samples how far every stage is behind and how fresh the store's rows are, every five seconds, for dashboards and the API. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EndSample, lagOf, waitingSeconds, withSample } from '../../src/domain/lag.ts';
import { groupName, topicName } from '../../src/domain/names.ts';
import { topicKinds } from '../../src/domain/topics.ts';
import { SLOT_SECONDS, sampleFreshness, slotOf } from '../../src/query/freshness.ts';
import type { Log } from '../../src/runtime/log.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import type { GroupOffset, GroupTopics, Offsets } from '../../src/runtime/offsets.ts';
import { stages } from '../topology.ts';
import { withoutNamespace } from './rows.ts';

export type SamplerDeps = {
  namespace: string;
  log: Log;
  metrics: Metrics;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  clickhouse: {
    insertRows(table: string, rows: readonly object[]): Promise<void>;
    command(text: string, params?: Record<string, unknown>): Promise<void>;
  };
  offsets: Offsets;
};

/** Topic without its namespace; `lagSeconds` is null when unknown. */
export type StageLag = {
  stage: string;
  topic: string;
  partition: number;
  committed: number | null;
  end: number;
  lag: number;
  lagSeconds: number | null;
};

const kinds = new Map(topicKinds.map(({ topic, kind }) => [topic, kind]));

/** The stages that read from Kafka, and what they read. */
const readers = stages
  .map(({ name, from }) => ({ stage: name, topics: (from as readonly string[]).filter((source) => kinds.has(source)) }))
  .filter(({ topics }) => topics.length > 0);

const groupsOf = (namespace: string): GroupTopics[] =>
  readers.map(({ stage, topics }) => ({ group: groupName(namespace, stage), topics: topics.map((topic) => topicName(namespace, topic)) }));

/**
 * Whether some of what stands in the topic is written in transactions. What cannot be used, or comes too late, is reported by `store` without
 * one and by `window` within one: the marker behind its last report must not count as a record that nobody reads.
 */
export const mayEndInMarker = (topic: string): boolean => ['derived', 'bad'].includes(kinds.get(topic) ?? '');

/** Ends of partitions over time, by topic and partition. */
type Memory = Map<string, EndSample[]>;

function stageLag(offset: GroupOffset, namespace: string, memory: Memory, now: number): StageLag {
  const { group, partition, committed, start, end } = offset;
  const topic = withoutNamespace(offset.topic, namespace);
  const lag = lagOf(committed, start, end, mayEndInMarker(topic));
  const lagSeconds = waitingSeconds(memory.get(`${topic}/${partition}`) ?? [], Math.max(committed ?? start, start), lag, now);
  const stage = withoutNamespace(group, namespace).replace(/^impact-/, '');
  return { stage, topic, partition, committed, end, lag, lagSeconds };
}

function remember(memory: Memory, offsets: readonly GroupOffset[], namespace: string, at: number): void {
  const ends = new Map(offsets.map(({ topic, partition, end }) => [`${withoutNamespace(topic, namespace)}/${partition}`, end]));
  for (const [key, end] of ends) memory.set(key, withSample(memory.get(key) ?? [], { at, end }));
}

const lagRow = (lag: StageLag, sampledAt: number): object => ({
  sampled_at: sampledAt,
  stage: lag.stage,
  topic: lag.topic,
  partition: lag.partition,
  committed_offset: lag.committed ?? -1,
  end_offset: lag.end,
  lag: lag.lag,
  event_lag_seconds: lag.lagSeconds,
});

/** Gauges by stage and topic: a series for each partition would be too many to keep. */
function report(metrics: Metrics, lags: readonly StageLag[]): void {
  for (const [stage, ofStage = []] of Object.entries(Object.groupBy(lags, ({ stage }) => stage))) {
    for (const [topic, ofTopic = []] of Object.entries(Object.groupBy(ofStage, ({ topic }) => topic))) {
      const records = ofTopic.reduce((sum, { lag }) => sum + lag, 0);
      metrics.set('impact_lag_records', records, { stage, topic });
      metrics.set('impact_lag_seconds', Math.max(...ofTopic.map(({ lagSeconds }) => lagSeconds ?? 0)), { stage, topic });
    }
  }
}

/**
 * One sample of every stage. The ends are remembered from call to call, for they tell how long a record has been waiting.
 * @throws ImpactError or a Kafka error when a component is away
 */
function createSampler(deps: SamplerDeps): () => Promise<StageLag[]> {
  const { namespace, clickhouse, offsets, metrics } = deps;
  const memory: Memory = new Map();
  return async () => {
    const read = await offsets.read(groupsOf(namespace));
    const now = deps.now();
    remember(memory, read, namespace, now);
    const lags = read.map((offset) => stageLag(offset, namespace, memory, now));
    report(metrics, lags);
    await clickhouse.insertRows(
      'pipeline_lag',
      lags.map((lag) => lagRow(lag, slotOf(now))),
    );
    const freshness = sampleFreshness(topicName(namespace, ''), now);
    await clickhouse.command(freshness.text, freshness.params);
    return lags;
  };
}

const msToNextSlot = (now: number): number => SLOT_SECONDS * 1000 - (now % (SLOT_SECONDS * 1000));

/** Samples at every slot until `signal` aborts. An outage costs samples and nothing else; it is told when it begins and when it ends. */
export async function keepSampling(deps: SamplerDeps, signal: AbortSignal, onSample: (lags: StageLag[]) => void): Promise<void> {
  const sample = createSampler(deps);
  let failing = false;
  while (!signal.aborted) {
    try {
      onSample(await sample());
      if (failing) deps.log.info({}, 'lag is sampled again');
      failing = false;
    } catch (error) {
      deps.metrics.count('impact_record_sample_failures_total');
      if (!failing) deps.log.warn({ error: (error as Error).message }, 'lag cannot be sampled at the moment');
      failing = true;
    }
    await sleep(msToNextSlot(deps.now()), undefined, { signal }).catch(() => {});
  }
}
