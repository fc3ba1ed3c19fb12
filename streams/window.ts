/** The window stage: events in, parts of closed event-time windows out, exactly once. */
import type { Config } from '../src/config.ts';
import { ImpactError } from '../src/domain/errors.ts';
import { type EventKind, eventKinds } from '../src/domain/event.ts';
import { topicName } from '../src/domain/names.ts';
import { eventTopics, topics } from '../src/domain/topics.ts';
import type { Decoder, Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import type { OpenStateful, Stateful } from '../src/runtime/stateful.ts';
import { startStatefulStage } from '../src/runtime/stateful-stage.ts';
import { noTracer, type Tracer } from '../src/runtime/tracer.ts';
import { createWindowProcessor, type WindowProcessorDeps } from './window/processor.ts';
import { windowingOf } from './window/settings.ts';

export type WindowDeps = StageDeps & {
  config: Config;
  failpoint: Failpoint;
  registry: Pick<Registry, 'decoder' | 'encoder'>;
  stateful: OpenStateful;
  tracer?: Tracer;
};

const TICK_MS = 200;
const inputs = Object.values(eventTopics);

/** A task's state lies in the changelog's partition of its own number, so there must be one for each. */
async function partitionsOf(stateful: Stateful): Promise<Pick<WindowProcessorDeps, 'eventPartitions' | 'windowPartitions'>> {
  const [events, changelog, windowPartitions] = await Promise.all([
    Promise.all(inputs.map((topic) => stateful.partitions(topic))),
    stateful.partitions(topics.windowChangelog),
    stateful.partitions(topics.windows),
  ]);
  const eventPartitions = Math.max(...events);
  if (new Set(events).size > 1 || changelog < eventPartitions)
    throw new ImpactError('bad_configuration', `event topics must have equally many partitions, and ${topics.windowChangelog} no fewer`);
  return { eventPartitions, windowPartitions };
}

/**
 * Starts the stage.
 * @throws ImpactError `bad_configuration` when the topics' partitions do not match, and what Kafka or the registry throw when they are not there
 */
export async function startWindow(deps: WindowDeps): Promise<RunningStage> {
  const { config, registry, log, metrics, failpoint, now, tracer = noTracer } = deps;
  const stateful = deps.stateful({ stage: 'window', topics: inputs, changelog: topics.windowChangelog, committedOnly: true });
  const processorDeps: WindowProcessorDeps = {
    ...(await partitionsOf(stateful)),
    windowing: windowingOf(config),
    maxFutureMs: config.maxFutureMs,
    decoders: Object.fromEntries(eventKinds.map((kind) => [kind, registry.decoder(kind)])) as Record<EventKind, Decoder>,
    encode: await registry.encoder('window'),
    fullName: (topic) => topicName(config.namespace, topic),
    metrics,
    now,
  };
  const restore = (partition: number, entries: ReadonlyMap<string, string>) => createWindowProcessor(partition, entries, processorDeps);
  return startStatefulStage({ stage: 'window', stateful, restore, tickMs: TICK_MS, log, metrics, failpoint, now, tracer });
}
