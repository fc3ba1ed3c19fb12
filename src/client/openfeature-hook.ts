/** Logging exposures from whatever provider answers with our metadata: this one, or a provider of OFREP that asks our API. */
import type { EvaluationDetails, FlagValue, Hook, HookContext } from '@openfeature/server-sdk';
import type { Decider } from '../domain/flags/evaluation.ts';
import type { Exposed } from '../domain/flags/exposure.ts';
import { type Unit, units } from '../domain/flags/flag.ts';
import type { RolloutStage } from '../domain/flags/stage.ts';
import { createExposureLog, type ExposureLimits, type ExposureSink, exposureDefaults } from './exposures.ts';

/** What the answer says of the flag; null when it was no observation of an experiment, or comes from elsewhere. */
function exposedIn({ flagKey, variant, flagMetadata }: EvaluationDetails<FlagValue>): [Exposed, Unit] | null {
  const { featureId, rolloutStage, decidedBy, inExperiment, unit } = flagMetadata;
  if (inExperiment !== true || variant === undefined || typeof featureId !== 'string') return null;
  if (typeof rolloutStage !== 'string' || typeof decidedBy !== 'string' || !units.includes(unit as Unit)) return null;
  const [stage, decider] = [rolloutStage as RolloutStage, decidedBy as Decider];
  return [{ flagId: flagKey, featureId, variant, stage, decidedBy: decider }, unit as Unit];
}

/**
 * A hook for `OpenFeature.addHooks`, a client, or a provider's own: each unit's exposure is logged once in a window, as by a flag client
 * with `exposures`, so one of the two is enough.
 */
export function exposureHook(sink: ExposureSink, limits: Partial<ExposureLimits> = {}): Hook {
  const log = createExposureLog(sink, { ...exposureDefaults, now: Date.now, onError: () => {}, ...limits });
  return {
    after({ context }: Readonly<HookContext<FlagValue>>, details) {
      const exposed = exposedIn(details);
      if (exposed !== null) log.expose(...exposed, context);
    },
  };
}
