/** Logging exposures: once for each unit and variant in a window, as events of the service's own client. */
import { createExposureMemory, type Exposed, exposedUnit, type Ids, tenantIdOf, unitIdOf } from '../domain/flags/exposure.ts';
import type { Unit } from '../domain/flags/flag.ts';
import type { Trackers } from './trackers.ts';

/** Where exposures go: a client of `impactstream/client`. */
export type ExposureSink = Pick<Trackers, 'trackExposure'>;

export type ExposureLimits = {
  /** For how long the same unit with the same variant is not logged again, milliseconds. Default one hour. */
  exposureWindowMs: number;
  /** Units remembered at most, some 200 bytes each. Default 100,000; beyond it the oldest is forgotten. */
  maxExposedUnits: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told what the sink threw: a client that is `strict` does. */
  onError: (error: Error) => void;
};

/** Since the process began. `repeated`: not logged again. `anonymous`: cannot be logged, for no tenant was named. */
export type ExposureCounters = { logged: number; repeated: number; anonymous: number; remembered: number };

export type ExposureLog = {
  /** Logs an exposure unless it was logged within the window. Never throws and never waits. */
  expose(exposed: Exposed, unit: Unit, ids: Ids): void;
  /** The variant that a unit was seen with last; null when it is not remembered. */
  variantOf(flagId: string, tenantId: string, unitId: string): string | null;
  counters(): ExposureCounters;
};

export const exposureDefaults = { exposureWindowMs: 3_600_000, maxExposedUnits: 100_000 };

/** Nothing logged yet. */
export function createExposureLog(sink: ExposureSink, { exposureWindowMs, maxExposedUnits, now, onError }: ExposureLimits): ExposureLog {
  const memory = createExposureMemory(exposureWindowMs, maxExposedUnits);
  const counters = { logged: 0, repeated: 0, anonymous: 0 };

  function log({ featureId, variant, stage, decidedBy }: Exposed, unit: Unit, ids: Ids): void {
    const exposed = exposedUnit(unit, ids);
    if (exposed === null) return;
    try {
      sink.trackExposure({ ...exposed, featureId, variant, rolloutStage: stage, reason: decidedBy });
    } catch (error) {
      // Whoever asks for a flag is answered, whatever becomes of the exposure.
      onError(error as Error);
    }
  }

  return {
    // Flags are asked far more often than there is something to log, so what is known is found out first, without making anything.
    expose(exposed, unit, ids) {
      const tenantId = tenantIdOf(ids);
      const unitId = unitIdOf(unit, ids);
      if (tenantId === null || unitId === null) counters.anonymous += 1;
      else if (!memory.isNew(exposed.flagId, tenantId, unitId, exposed.variant ?? '', exposed.stage, now())) counters.repeated += 1;
      else {
        counters.logged += 1;
        log(exposed, unit, ids);
      }
    },
    variantOf: memory.variantOf,
    counters: () => ({ ...counters, remembered: memory.size() }),
  };
}
