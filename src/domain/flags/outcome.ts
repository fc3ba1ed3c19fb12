/** The answers that a flag can give, made once when it is compiled. */
import type { Decider, Evaluation, EvaluationError, Reason } from './evaluation.ts';
import type { Flag } from './flag.ts';

/** An answer as it is given while the copy of the flags is fresh, and while it may be out of date. */
export type Outcome = { readonly fresh: Evaluation; readonly stale: Evaluation };

const reasons: Partial<Record<Decider, Reason>> = {
  archived: 'DISABLED',
  disabled: 'DISABLED',
  deny_list: 'TARGETING_MATCH',
  allow_list: 'TARGETING_MATCH',
  internal: 'TARGETING_MATCH',
  targeting: 'TARGETING_MATCH',
  percentage: 'SPLIT',
  tenant_percentage: 'SPLIT',
  outside_percentage: 'SPLIT',
  targeting_error: 'ERROR',
  no_unit: 'ERROR',
};
const errors: Partial<Record<Decider, EvaluationError>> = { targeting_error: 'GENERAL', no_unit: 'TARGETING_KEY_MISSING' };

/** Deciders whose answer is "not you", whatever variant they serve. */
const refusals: readonly Decider[] = [
  'archived',
  'disabled',
  'deny_list',
  'not_internal',
  'targeting_error',
  'outside_percentage',
  'no_unit',
];

/** What everybody gets, always: a caller may keep it. */
const isStatic = (flag: Flag): boolean => flag.targeting === null && flag.tenantBlacklist.length === 0 && flag.gaVariant !== null;

function reasonOf(flag: Flag, decidedBy: Decider): Reason {
  if (decidedBy === 'ga' && isStatic(flag)) return 'STATIC';
  return reasons[decidedBy] ?? 'DEFAULT';
}

function isEnabled(flag: Flag, variant: string | null, value: Evaluation['value'], decidedBy: Decider): boolean {
  if (typeof value === 'boolean') return value;
  if (variant === null || refusals.includes(decidedBy)) return false;
  return variant !== flag.defaultVariant || flag.defaultVariant === flag.gaVariant;
}

/** The answer of a flag when `decidedBy` decides for this variant. */
export function outcomeOf(flag: Flag, decidedBy: Decider, variant: string | null): Outcome {
  const value = flag.variants.find(({ name }) => name === variant)?.value;
  const fresh: Evaluation = Object.freeze({
    flagId: flag.id,
    featureId: flag.featureId,
    variant,
    value,
    enabled: isEnabled(flag, variant, value, decidedBy),
    reason: reasonOf(flag, decidedBy),
    decidedBy,
    errorCode: errors[decidedBy] ?? null,
    stage: flag.stage,
    inExperiment: decidedBy === 'percentage',
    version: flag.version,
    metadata: flag.metadata,
  });
  return { fresh, stale: fresh.reason === 'ERROR' ? fresh : Object.freeze({ ...fresh, reason: 'STALE' as const }) };
}
