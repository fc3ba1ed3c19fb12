/** An evaluation as OpenFeature and its protocol for remote evaluation (OFREP) put it. */
import type { Evaluation, EvaluationError, Reason } from './evaluation.ts';
import type { Unit } from './flag.ts';
import { type Json, type JsonType, jsonType } from './json.ts';

export type ResolutionError = EvaluationError | 'TYPE_MISMATCH';
export type FlagMetadata = Readonly<Record<string, string | number | boolean>>;

export type Resolution =
  | {
      readonly ok: true;
      /** Undefined: take the caller's own default. */
      readonly value: Json | undefined;
      readonly variant: string | undefined;
      readonly reason: Reason;
      readonly metadata: FlagMetadata;
    }
  | { readonly ok: false; readonly errorCode: ResolutionError; readonly message: string; readonly metadata: FlagMetadata };

const messages: Record<EvaluationError, (flagId: string) => string> = {
  PROVIDER_NOT_READY: () => 'the flags have not arrived yet',
  FLAG_NOT_FOUND: (flagId) => `flag ${flagId} not found`,
  TARGETING_KEY_MISSING: (flagId) => `flag ${flagId} is drawn by an id, and the context has none: give targetingKey, userId or entityId`,
  GENERAL: (flagId) => `the targeting rule of flag ${flagId} failed, or named a variant that the flag does not have`,
};

/** The flag's own metadata, and what an exposure needs to be logged by somebody who has nothing but the answer. */
function metadataOf({ metadata, featureId, stage, decidedBy, inExperiment, version }: Evaluation, unit: Unit | null): FlagMetadata {
  if (unit === null) return metadata;
  return { ...metadata, featureId, rolloutStage: stage, decidedBy, inExperiment, unit, flagVersion: version };
}

/** Both define a flag that is switched off as one that leaves the value to the caller. */
const leftToCaller = ({ decidedBy, variant }: Evaluation): boolean =>
  variant === null || decidedBy === 'disabled' || decidedBy === 'archived';

/** @param unit of the flag; null when there is no flag */
export function resolutionOf(evaluation: Evaluation, unit: Unit | null): Resolution {
  const { flagId, errorCode, reason, value, variant } = evaluation;
  const metadata = metadataOf(evaluation, unit);
  if (errorCode !== null) return { ok: false, errorCode, message: messages[errorCode](flagId), metadata };
  if (leftToCaller(evaluation)) return { ok: true, value: undefined, variant: undefined, reason, metadata };
  return { ok: true, value, variant: variant ?? undefined, reason, metadata };
}

/** The same, unless the value is of another type than the caller's. */
export function typedResolution(resolution: Resolution, flagId: string, type: JsonType): Resolution {
  if (!resolution.ok || resolution.value === undefined || jsonType(resolution.value) === type) return resolution;
  const message = `flag ${flagId} has values of the type ${jsonType(resolution.value)}, not ${type}`;
  return { ok: false, errorCode: 'TYPE_MISMATCH', message, metadata: resolution.metadata };
}
