/** What a service imports to ask for flags. Every question is answered at once from a copy in this process, whatever is down. */
import { ImpactError } from '../domain/errors.ts';
import { type Evaluation, type FlagContext, notReady, unknownFlag } from '../domain/flags/evaluation.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import {
  createExposureLog,
  type ExposureCounters,
  type ExposureLimits,
  type ExposureLog,
  type ExposureSink,
  exposureDefaults,
} from './exposures.ts';
import { type LiveReplica, type ReplicaOptions, startReplica } from './flag-replica.ts';
import type { FlagSource } from './flag-source.ts';
import { type Counters, createCounters } from './flag-statistics.ts';
import { within } from './patience.ts';
import { createVariantSource } from './variants.ts';

export type FlagClientOptions = Partial<ReplicaOptions> &
  Partial<ExposureLimits> & {
    /** `redisFlags` of `impactstream/client/flags-redis`, or `apiFlags` of `impactstream/client/flags-api`. */
    source: FlagSource;
    /** A client of `impactstream/client`: units that are given a variant of an experiment are logged there as exposures. */
    exposures?: ExposureSink;
  };

export type FlagClient = FlagReader & {
  /** Whether the feature is on for this tenant and user. */
  isEnabled(featureId: string, tenantId: string, userId?: string): boolean;
  /** Name of the variant, for example treatment; null when there is no such flag, or the flag leaves it to the caller. */
  getVariant(featureId: string, tenantId: string, userId?: string): string | null;
  /** What was logged as exposures; null without `exposures`. */
  exposures(): ExposureCounters | null;
  /** Resolves when flags have arrived. @throws ImpactError `unavailable` after `timeoutMs`; the client goes on trying */
  ready(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
};

const defaults = { ...exposureDefaults, pollMs: 5_000, maxAgeMs: 60_000, now: Date.now, onError: () => {} };
const READY_WITHIN_MS = 10_000;

type Id = string | null | undefined;
type Ask = (flagId: string, tenantId: Id, userId: Id, entityId: Id, context?: FlagContext) => Evaluation;

/** Asks, and counts. Answers about flags that are not there are made anew each time: they are the rare ones. */
function createAsk(replica: LiveReplica, counters: Counters, exposures: ExposureLog | null): Ask {
  const answer: Ask = (flagId, tenantId, userId, entityId, context) => {
    const found = replica.find(flagId);
    if (found) {
      const evaluation = found.decide(replica.stale(), tenantId, userId, entityId, context);
      if (exposures !== null && evaluation.inExperiment)
        exposures.expose(evaluation, found.flag.unit, { tenantId, userId, entityId, targetingKey: context?.targetingKey });
      return evaluation;
    }
    return replica.state().revision === null ? notReady(flagId) : unknownFlag(flagId);
  };
  return (flagId, tenantId, userId, entityId, context) => {
    const startedAt = counters.due() ? performance.now() : 0;
    const evaluation = answer(flagId, tenantId, userId, entityId, context);
    if (startedAt > 0) counters.took((performance.now() - startedAt) * 1000);
    counters.count(evaluation, replica.stale());
    return evaluation;
  };
}

/** A client that fetches its flags at once and keeps them current until it is closed. */
export function createFlagClient({ source, exposures: sink, ...given }: FlagClientOptions): FlagClient {
  const counters = createCounters();
  const options = { ...defaults, ...given };
  const replica = startReplica(source, counters, options);
  const exposures = sink === undefined ? null : createExposureLog(sink, options);
  const ask = createAsk(replica, counters, exposures);
  return {
    isEnabled: (featureId, tenantId, userId) => ask(featureId, tenantId, userId, null).enabled,
    getVariant: (featureId, tenantId, userId) => ask(featureId, tenantId, userId, null).variant,
    evaluate: (flagId, context = {}) => ask(flagId, context.tenantId, context.userId, context.entityId, context),
    get: (flagId) => replica.find(flagId)?.flag ?? null,
    flags: () => [...replica.flags().values()].map(({ flag }) => flag).sort((a, b) => (a.id < b.id ? -1 : 1)),
    variantOf: createVariantSource(replica.flags, exposures).variantOf,
    exposures: () => exposures?.counters() ?? null,
    state: replica.state,
    statistics: counters.snapshot,
    onChange: replica.onChange,
    ready(timeoutMs = READY_WITHIN_MS) {
      const late = () => new ImpactError('unavailable', `no flags within ${timeoutMs} ms: ${replica.state().problem}`);
      return within(replica.loaded, timeoutMs, late);
    },
    close: replica.close,
  };
}
