/** Which variant of a feature's experiment a unit has: for the events that it causes. */
import type { CompiledFlag } from '../domain/flags/compile.ts';
import { type Ids, unitIdOf } from '../domain/flags/exposure.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import { isPercentageStage } from '../domain/flags/stage.ts';
import type { ExposureLog } from './exposures.ts';

export type VariantSource = Pick<FlagReader, 'variantOf'>;

type Flags = ReadonlyMap<string, CompiledFlag>;

/** Flags under a percentage, by the feature that events name. */
function experimentsOf(flags: Flags): Map<string, CompiledFlag[]> {
  const found = new Map<string, CompiledFlag[]>();
  for (const compiled of flags.values()) {
    const { archived, stage, featureId } = compiled.flag;
    if (!archived && isPercentageStage(stage)) found.set(featureId, [...(found.get(featureId) ?? []), compiled]);
  }
  return found;
}

/**
 * What the unit was last seen with; if that is not remembered, what it would be given now, unless a targeting rule decides, which may
 * need attributes that an event does not have.
 */
function variantBy({ flag, decide }: CompiledFlag, ids: Ids, exposures: ExposureLog | null): string | null {
  const [tenantId, unitId] = [ids.tenantId, unitIdOf(flag.unit, ids)];
  if (typeof tenantId !== 'string' || unitId === null) return null;
  const seen = exposures?.variantOf(flag.id, tenantId, unitId) ?? null;
  if (seen !== null || flag.targeting !== null) return seen;
  const given = decide(false, tenantId, ids.userId as string | null, ids.entityId as string | null);
  return given.inExperiment ? given.variant : null;
}

/** @param flags the present ones; another object whenever they have changed */
export function createVariantSource(flags: () => Flags, exposures: ExposureLog | null): VariantSource {
  let known: Flags | null = null;
  let experiments = new Map<string, CompiledFlag[]>();
  return {
    variantOf(featureId, ids) {
      if (known !== flags()) {
        known = flags();
        experiments = experimentsOf(known);
      }
      for (const experiment of experiments.get(featureId) ?? []) {
        const variant = variantBy(experiment, ids, exposures);
        if (variant !== null) return variant;
      }
      return null;
    },
  };
}
