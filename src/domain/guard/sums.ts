/** What a batch of events says about a rollout, as sums for each guardrail and arm. Small, and of no user in particular. */
import type { GuardPlan } from '../decision/guard.ts';
import type { FeatureEvent } from '../event.ts';
import { type CompiledFlag, compileFlag } from '../flags/compile.ts';
import type { Flag } from '../flags/flag.ts';
import { measurementsOf } from '../measurement.ts';
import { bucketOfUnit } from '../stats/buckets.ts';
import type { ArmName } from '../stats/safe-test.ts';
import { ERRORS, guardPlanOf, LATENCY } from './plan.ts';

/** `n` outcomes that sum to `sum`. `bucket`: of the units, for means; 0 for rates. */
export type GuardCell = { guardrail: string; arm: ArmName; bucket: number; n: number; sum: number };

/** As in `schemas/avro/guard-sums.avsc`. `flagVersion`: of the flag by which units were told apart. */
export type GuardSums = {
  flagId: string;
  flagVersion: number;
  stage: string;
  exposures: Record<ArmName, number>;
  cells: GuardCell[];
};

/** A flag whose rollout is measured, ready to be asked. */
export type GuardedFlag = { flag: Flag; plan: GuardPlan; compiled: CompiledFlag; kinds: ReadonlyMap<string, 'rate' | 'mean'> };

export function guardedFlag(flag: Flag, now: () => number): GuardedFlag {
  const plan = guardPlanOf(flag);
  return { flag, plan, compiled: compileFlag(flag, now), kinds: new Map(plan.guardrails.map(({ id, kind }) => [id, kind])) };
}

type Value = { guardrail: string; value: number };

function valuesOf(event: FeatureEvent): Value[] {
  if (event.kind === 'request-telemetry')
    return [
      { guardrail: ERRORS, value: Number(!event.ok) },
      { guardrail: LATENCY, value: event.latencyMs },
    ];
  return measurementsOf(event).map(({ metric, value }) => ({ guardrail: metric, value }));
}

/** The unit that the flag gives a variant to, as the event names it. */
export const unitIdOf = ({ unit }: Pick<Flag, 'unit'>, { userId, tenantId, entityId }: FeatureEvent): string | null =>
  ({ user: userId, tenant: tenantId, entity: entityId })[unit];

/**
 * The arm that chance gave the event's unit; null when the event is no observation of this rollout: its unit was not drawn, it saw another
 * variant than it was given, or it happened before the flag was as it is now. The draw is made again from the ids instead of being looked up
 * among exposures, so nothing has to be remembered of any unit, and an outcome counts although its exposure was lost or comes later.
 */
function armOf({ flag, compiled }: GuardedFlag, event: FeatureEvent): { arm: ArmName; unitId: string } | null {
  if (event.occurredAt < flag.updatedAt) return null;
  const { inExperiment, variant } = compiled.decide(false, event.tenantId, event.userId, event.entityId);
  const unitId = unitIdOf(flag, event);
  if (!inExperiment || variant === null || variant !== event.variant || unitId === null) return null;
  return { arm: variant === flag.defaultVariant ? 'control' : 'treatment', unitId };
}

/** Sums of one flag while a batch is read. */
export type SumsInProgress = { guarded: GuardedFlag; exposures: Record<ArmName, number>; cells: Map<string, GuardCell> };

export const newSums = (guarded: GuardedFlag): SumsInProgress => ({ guarded, exposures: { control: 0, treatment: 0 }, cells: new Map() });

function addCell({ guarded, cells }: SumsInProgress, arm: ArmName, unitId: string, { guardrail, value }: Value): void {
  const kind = guarded.kinds.get(guardrail);
  if (kind === undefined) return;
  const bucket = kind === 'mean' ? bucketOfUnit(unitId, guarded.plan.buckets) : 0;
  const key = `${guardrail}|${arm}|${bucket}`;
  const cell = cells.get(key) ?? { guardrail, arm, bucket, n: 0, sum: 0 };
  cell.n += 1;
  cell.sum += value;
  cells.set(key, cell);
}

/** Adds what an event says. @returns whether it says anything about this rollout; `sums` is changed */
export function addEvent(sums: SumsInProgress, event: FeatureEvent): boolean {
  const drawn = armOf(sums.guarded, event);
  if (drawn === null) return false;
  if (event.kind === 'flag-exposures') sums.exposures[drawn.arm] += 1;
  else for (const value of valuesOf(event)) addCell(sums, drawn.arm, drawn.unitId, value);
  return true;
}

/** What is to be told; null when that is nothing. */
export function sumsRecord({ guarded: { flag }, exposures, cells }: SumsInProgress): GuardSums | null {
  if (cells.size === 0 && exposures.control + exposures.treatment === 0) return null;
  return { flagId: flag.id, flagVersion: flag.version, stage: flag.stage, exposures, cells: [...cells.values()] };
}
