/** The guard stage: outcomes of rollouts in, at most one rollback of each out, exactly once; and its application to the flag. */
import type { Config } from '../src/config.ts';
import { ImpactError } from '../src/domain/errors.ts';
import { type EventKind, eventKinds } from '../src/domain/event.ts';
import type { FlagReader, FlagState } from '../src/domain/flags/reader.ts';
import { topics } from '../src/domain/topics.ts';
import type { Decoder, Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { RunningStage, StageDeps, StageHealth } from '../src/runtime/stage.ts';
import type { OpenStateful, Stateful } from '../src/runtime/stateful.ts';
import { startStatefulStage } from '../src/runtime/stateful-stage.ts';
import { noTracer, type Tracer } from '../src/runtime/tracer.ts';
import { type Applier, createApplier, type FlagWriter } from './guard/apply.ts';
import { createFlagBook } from './guard/flags.ts';
import { createGuardProcessor, type GuardProcessorDeps } from './guard/processor.ts';
import { guardTopics } from './topology.ts';

export type GuardDeps = StageDeps & {
  config: Pick<Config, 'maxFutureMs'>;
  failpoint: Failpoint;
  registry: Pick<Registry, 'decoder' | 'encoder'>;
  stateful: OpenStateful;
  /** Where flags are changed. */
  flags: FlagWriter;
  /** A copy of the flags that belongs to the stage from now on. */
  openFlags: () => Pick<FlagReader, 'flags' | 'get' | 'state'> & { close(): Promise<void> };
  tracer?: Tracer;
};

const TICK_MS = 200;
const inputs = [...guardTopics, topics.guardSums];
const outputs = [topics.guardSums, topics.rollbacks, topics.alerts];

/** A flag is judged by the task whose number its key falls on, and that task's state lies in the changelog's partition of the same number. */
async function requireEqualPartitions(stateful: Stateful): Promise<void> {
  const [changelog, ...counts] = await Promise.all([topics.guardChangelog, ...inputs].map((topic) => stateful.partitions(topic)));
  const most = Math.max(...counts);
  if (new Set(counts).size > 1 || (changelog ?? 0) < most)
    throw new ImpactError(
      'bad_configuration',
      `event topics and ${topics.guardSums} must have equally many partitions, and ${topics.guardChangelog} no fewer`,
    );
}

async function codecs(registry: GuardDeps['registry']): Promise<Pick<GuardProcessorDeps, 'decoders' | 'sumsDecoder' | 'encode'>> {
  const [sums, rollback, alert] = await Promise.all((['guard-sums', 'rollback', 'alert'] as const).map((name) => registry.encoder(name)));
  return {
    decoders: Object.fromEntries(eventKinds.map((kind) => [kind, registry.decoder(kind)])) as Record<EventKind, Decoder>,
    sumsDecoder: registry.decoder('guard-sums'),
    encode: { sums, rollback, alert } as GuardProcessorDeps['encode'],
  };
}

/** A rollback that waits is a feature that goes on doing harm; and without Redis there would be none. */
function healthOf(stage: RunningStage, applier: Applier, { stale, problem }: FlagState): StageHealth {
  const all = [
    ...stage.health().reasons,
    ...applier.waiting().map(({ flagId, problem: why }) => `the rollback of ${flagId} waits: ${why}`),
    ...(stale ? [`waits for redis: nothing could be rolled back, and flags are judged by an old copy: ${problem}`] : []),
  ];
  return { ready: all.length === 0, reasons: all };
}

/**
 * Starts the stage.
 * @throws ImpactError `bad_configuration` when the topics' partitions do not match, and what Kafka or the registry throw when they are not there
 */
export async function startGuard(deps: GuardDeps): Promise<RunningStage> {
  const { config, registry, log, metrics, failpoint, now, tracer = noTracer } = deps;
  const stateful = deps.stateful({ stage: 'guard', topics: inputs, changelog: topics.guardChangelog, outputs, committedOnly: true });
  await requireEqualPartitions(stateful);
  const codec = await codecs(registry);
  const reader = deps.openFlags();
  const applier = createApplier({ flags: deps.flags, log, metrics, now });
  const processorDeps: GuardProcessorDeps = {
    ...codec,
    book: createFlagBook(reader, now),
    applier,
    maxFutureMs: config.maxFutureMs,
    metrics,
    now,
  };
  const restore = (partition: number, entries: ReadonlyMap<string, string>) => createGuardProcessor(partition, entries, processorDeps);
  const stage = await startStatefulStage({ stage: 'guard', stateful, restore, tickMs: TICK_MS, log, metrics, failpoint, now, tracer });
  return { ...stage, health: () => healthOf(stage, applier, reader.state()), stop: () => stage.stop().finally(reader.close) };
}
