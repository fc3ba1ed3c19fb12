/** A server provider of OpenFeature over a flag client: a service asks through the vendor-neutral API, and is answered from the same copy. */
import {
  type ErrorCode,
  type EvaluationContext,
  type Hook,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderFatalError,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { Evaluation } from '../domain/flags/evaluation.ts';
import type { JsonType } from '../domain/flags/json.ts';
import { type Resolution, resolutionOf, typedResolution } from '../domain/flags/resolution.ts';
import type { FlagClient } from './flags.ts';
import { createTrack, type TrackingSink } from './openfeature-track.ts';

export type OpenFeatureOptions = {
  /** Made by `createFlagClient`. The provider closes it when OpenFeature closes the provider. */
  flags: FlagClient;
  /** A client of `impactstream/client`: what the service tracks through OpenFeature is stated there. */
  events?: TrackingSink;
  /** The feature that tracked events belong to where their details name none. Default: the platform as a whole. */
  trackedFeatureId?: string;
  /** Hooks of the provider, for example `exposureHook`, where the flag client does not log exposures itself. */
  hooks?: Hook[];
  /** How long `setProviderAndWait` waits for the flags, milliseconds. Default 10,000. */
  readyTimeoutMs?: number;
};

/** The answer as OpenFeature wants it; the caller's default wherever the flag has no value for it. */
function detailsOf<T>(resolution: Resolution, defaultValue: T): ResolutionDetails<T> {
  const flagMetadata = resolution.metadata;
  if (!resolution.ok) {
    const { errorCode, message } = resolution;
    return { value: defaultValue, reason: 'ERROR', errorCode: errorCode as ErrorCode, errorMessage: message, flagMetadata };
  }
  const { value, variant, reason } = resolution;
  if (value === undefined) return { value: defaultValue, reason, flagMetadata };
  return { value: value as T, reason, flagMetadata, ...(variant === undefined ? {} : { variant }) };
}

/** Resolutions are kept beside the evaluations that they are made of: these are the same object whenever the answer is the same. */
function createResolve(flags: FlagClient) {
  const known = new WeakMap<Evaluation, Resolution>();
  const resolutionFor = (evaluation: Evaluation): Resolution => {
    const resolution = known.get(evaluation) ?? resolutionOf(evaluation, flags.get(evaluation.flagId)?.unit ?? null);
    known.set(evaluation, resolution);
    return resolution;
  };
  return async <T>(flagKey: string, defaultValue: T, context: EvaluationContext, type: JsonType): Promise<ResolutionDetails<T>> =>
    detailsOf(typedResolution(resolutionFor(flags.evaluate(flagKey, context)), flagKey, type), defaultValue);
}

/** Tells OpenFeature which flags have changed, and whether the copy may be out of date. @returns a function that ends it */
function forwardChanges(flags: FlagClient, events: OpenFeatureEventEmitter): () => void {
  let stale = flags.state().stale;
  if (stale) events.emit(ProviderEvents.Stale, { message: flags.state().problem ?? 'the flags may be out of date' });
  return flags.onChange((ids, state) => {
    if (ids.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...ids] });
    if (state.stale === stale) return;
    stale = state.stale;
    if (stale) events.emit(ProviderEvents.Stale, { message: state.problem ?? 'the flags may be out of date' });
    else events.emit(ProviderEvents.Ready);
  });
}

/**
 * @returns a provider for `OpenFeature.setProvider`. It becomes ready with the first copy of the flags. If none arrives in time its state
 * is ERROR, and READY as soon as one does; closed once, it is FATAL.
 */
export function createOpenFeatureProvider(options: OpenFeatureOptions): Provider {
  const { flags, readyTimeoutMs } = options;
  const events = new OpenFeatureEventEmitter();
  const resolve = createResolve(flags);
  let stop: (() => void) | null = null;
  let closed = false;
  return {
    metadata: { name: 'impactstream' },
    runsOn: 'server',
    hooks: options.hooks ?? [],
    events,
    async initialize() {
      if (closed) throw new ProviderFatalError('the flag client of this provider is closed');
      try {
        await flags.ready(readyTimeoutMs);
      } finally {
        stop ??= forwardChanges(flags, events);
      }
    },
    async onClose() {
      closed = true;
      stop?.();
      await flags.close();
    },
    resolveBooleanEvaluation: (key, defaultValue, context) => resolve(key, defaultValue, context, 'boolean'),
    resolveStringEvaluation: (key, defaultValue, context) => resolve(key, defaultValue, context, 'string'),
    resolveNumberEvaluation: (key, defaultValue, context) => resolve(key, defaultValue, context, 'number'),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext) =>
      resolve(key, defaultValue, context, 'object'),
    ...(options.events === undefined ? {} : { track: createTrack(options.events, options.trackedFeatureId) }),
  };
}
