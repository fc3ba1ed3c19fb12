/** What asking a flag answers: a variant, its value, and why. */
import type { Flag } from './flag.ts';
import type { Json } from './json.ts';
import type { RolloutStage } from './stage.ts';

/** Who or what is asked about. Other attributes are for targeting rules. */
export type FlagContext = {
  readonly tenantId?: string | null | undefined;
  readonly userId?: string | null | undefined;
  readonly entityId?: string | null | undefined;
  /** The unit, where the caller does not say whether it is a user or an entity (OpenFeature). */
  readonly targetingKey?: string | null | undefined;
  readonly [attribute: string]: unknown;
};

/**
 * What decided, in the order in which the steps are asked. `percentage` is the only one that is an experiment: the variant was
 * given by chance, with a control beside it. `outside_percentage`: not drawn. `tenant_percentage`: asked about a tenant where the
 * unit is a user or an entity, so the tenant as a whole was drawn. `no_unit`: there was no id to draw by.
 */
export const deciders = [
  'not_ready',
  'unknown_flag',
  'archived',
  'disabled',
  'deny_list',
  'allow_list',
  'internal',
  'not_internal',
  'targeting',
  'targeting_error',
  'percentage',
  'tenant_percentage',
  'outside_percentage',
  'no_unit',
  'ga',
] as const;
export type Decider = (typeof deciders)[number];

/** The reasons of OpenFeature. STALE: decided by a copy that may be out of date. */
export type Reason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED' | 'STALE' | 'ERROR';

/** The error codes of OpenFeature that asking a flag can give. */
export type EvaluationError = 'PROVIDER_NOT_READY' | 'FLAG_NOT_FOUND' | 'TARGETING_KEY_MISSING' | 'GENERAL';

/** Frozen, and the same object for every answer that is the same: nothing is allocated to answer. */
export type Evaluation = {
  readonly flagId: string;
  readonly featureId: string;
  /** Null: the flag names none, take your own default. */
  readonly variant: string | null;
  /** Undefined with the variant null. */
  readonly value: Json | undefined;
  /** Whether the feature is on: the value of a boolean flag; of any other, whether it serves anything but what is served without the feature. */
  readonly enabled: boolean;
  readonly reason: Reason;
  readonly decidedBy: Decider;
  readonly errorCode: EvaluationError | null;
  readonly stage: RolloutStage;
  /** Whether this is an observation of the experiment; exactly when `decidedBy` is `percentage`. */
  readonly inExperiment: boolean;
  /** Of the flag; 0 when there is none. */
  readonly version: number;
  readonly metadata: Flag['metadata'];
};

const withoutFlag = (flagId: string, decidedBy: Decider, errorCode: EvaluationError): Evaluation =>
  Object.freeze({
    flagId,
    featureId: flagId,
    variant: null,
    value: undefined,
    enabled: false,
    reason: 'ERROR',
    decidedBy,
    errorCode,
    stage: 'disabled',
    inExperiment: false,
    version: 0,
    metadata: {},
  });

/** The answer about a flag that does not exist. */
export const unknownFlag = (flagId: string): Evaluation => withoutFlag(flagId, 'unknown_flag', 'FLAG_NOT_FOUND');

/** The answer before the first copy of the flags has arrived. */
export const notReady = (flagId: string): Evaluation => withoutFlag(flagId, 'not_ready', 'PROVIDER_NOT_READY');
