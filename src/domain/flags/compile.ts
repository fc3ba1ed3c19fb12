/** A flag made ready to be asked: the steps that can decide, in their order, each one small function. */
import { armFinder, armsOf } from './arms.ts';
import { bucketer } from './bucket.ts';
import type { Evaluation, FlagContext } from './evaluation.ts';
import type { Flag } from './flag.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { isPercentageStage } from './stage.ts';
import { compileTargeting } from './targeting.ts';

type Id = string | null | undefined;
/** One step: its decision, or null to leave it to the next. Positional, so that asking allocates nothing. */
type Step = (tenantId: Id, userId: Id, entityId: Id, context: FlagContext | undefined) => Outcome | null;

export type CompiledFlag = {
  readonly flag: Flag;
  /** Decides. The ids stand beside the context because most callers have nothing else. */
  decide(stale: boolean, tenantId: Id, userId: Id, entityId: Id, context?: FlagContext): Evaluation;
};

/** Milliseconds since 1970; only targeting rules that compare with the time ask. */
type Clock = () => number;

const always =
  (outcome: Outcome): Step =>
  () =>
    outcome;

function denyList(flag: Flag): Step[] {
  if (flag.tenantBlacklist.length === 0) return [];
  const [denied, outcome] = [new Set<unknown>(flag.tenantBlacklist), outcomeOf(flag, 'deny_list', flag.defaultVariant)];
  return [(tenantId) => (denied.has(tenantId) ? outcome : null)];
}

function allowList(flag: Flag): Step[] {
  if (flag.tenantWhitelist.length === 0) return [];
  const [allowed, outcome] = [new Set<unknown>(flag.tenantWhitelist), outcomeOf(flag, 'allow_list', flag.gaVariant)];
  return [(tenantId) => (allowed.has(tenantId) ? outcome : null)];
}

/** Internal users keep the feature as it spreads; at `ga` they have it like everybody. */
function internalUsers(flag: Flag): Step[] {
  if (flag.userWhitelist.length === 0 || flag.stage === 'ga') return [];
  const [internal, outcome] = [new Set<unknown>(flag.userWhitelist), outcomeOf(flag, 'internal', flag.gaVariant)];
  return [(_, userId, _entityId, context) => (internal.has(userId ?? context?.targetingKey) ? outcome : null)];
}

function targeting(flag: Flag, now: Clock): Step[] {
  if (flag.targeting === null) return [];
  const named = new Map(flag.variants.map(({ name }) => [name, outcomeOf(flag, 'targeting', name)]));
  const failed = outcomeOf(flag, 'targeting_error', flag.defaultVariant);
  const rule = compileTargeting(flag.targeting, flag.id, now);
  return [
    (tenantId, userId, entityId, context) => {
      try {
        const variant = rule({ tenantId, userId, entityId, ...context }, unitIdOf(flag, tenantId, userId, entityId, context));
        return variant === null ? null : (named.get(variant) ?? failed);
      } catch {
        return failed;
      }
    },
  ];
}

function unitIdOf({ unit }: Flag, tenantId: Id, userId: Id, entityId: Id, context: FlagContext | undefined): Id {
  if (unit === 'tenant') return tenantId;
  return (unit === 'user' ? userId : entityId) ?? context?.targetingKey;
}

/** By chance, and for ever the same: the bucket of the unit's id. */
function percentage(flag: Flag): Step {
  const [arms, bucketOf] = [armsOf(flag), bucketer(flag.seed)];
  const armOf = armFinder(arms);
  const drawn = arms.map(({ variant }) => outcomeOf(flag, 'percentage', variant));
  const asTenant = arms.map(({ variant }) => outcomeOf(flag, 'tenant_percentage', variant));
  const outside = outcomeOf(flag, 'outside_percentage', flag.defaultVariant);
  const noUnit = outcomeOf(flag, 'no_unit', flag.defaultVariant);
  return (tenantId, userId, entityId, context) => {
    const unitId = unitIdOf(flag, tenantId, userId, entityId, context);
    if (typeof unitId === 'string') return drawn[armOf(bucketOf(unitId))] ?? outside;
    return typeof tenantId === 'string' ? (asTenant[armOf(bucketOf(tenantId))] ?? outside) : noUnit;
  };
}

/** The last step decides in any case. */
function lastStep(flag: Flag): Step {
  if (isPercentageStage(flag.stage)) return percentage(flag);
  if (flag.stage === 'ga') return always(outcomeOf(flag, 'ga', flag.gaVariant));
  return always(outcomeOf(flag, 'not_internal', flag.defaultVariant));
}

/** Unknown or disabled, deny list, allow list, internal users, targeting, percentage, everybody. */
function stepsOf(flag: Flag, now: Clock): Step[] {
  if (flag.archived) return [always(outcomeOf(flag, 'archived', flag.defaultVariant))];
  if (flag.stage === 'disabled') return [always(outcomeOf(flag, 'disabled', flag.defaultVariant))];
  const targeted = flag.stage === 'internal' ? [] : targeting(flag, now);
  return [...denyList(flag), ...allowList(flag), ...internalUsers(flag), ...targeted, lastStep(flag)];
}

/**
 * @param flag a parsed flag
 * @param now only read by targeting rules that use `$flagd.timestamp`
 */
export function compileFlag(flag: Flag, now: Clock): CompiledFlag {
  const steps = stepsOf(flag, now);
  const last = steps.length - 1;
  return {
    flag,
    decide(stale, tenantId, userId, entityId, context) {
      let outcome: Outcome | null = null;
      for (let i = 0; i <= last && outcome === null; i++) outcome = (steps[i] as Step)(tenantId, userId, entityId, context);
      return stale ? (outcome as Outcome).stale : (outcome as Outcome).fresh;
    },
  };
}

/** Asks with the ids that stand in the context. */
export const evaluateFlag = (compiled: CompiledFlag, context: FlagContext, stale = false): Evaluation =>
  compiled.decide(stale, context.tenantId, context.userId, context.entityId, context);
