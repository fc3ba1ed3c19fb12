/** Which variant of a feature's experiment a unit has: for the events that it causes. */
import type { CompiledFlag } from '../domain/flags/compile.ts';
import { type Ids, unitIdOf } from '../domain/flags/exposure.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import { drawnVariant, isExperiment } from '../domain/flags/variant.ts';
import type { ExposureLog } from './exposures.ts';

export type VariantSource = Pick<FlagReader, 'variantOf'>;

type Flags = ReadonlyMap<string, CompiledFlag>;

/** Flags under a percentage, by the feature that events name. */
function experimentsOf(flags: Flags): Map<string, CompiledFlag[]> {
  const found = new Map<string, CompiledFlag[]>();
  for (const compiled of flags.values()) {
    const { featureId } = compiled.flag;
    if (isExperiment(compiled.flag)) found.set(featureId, [...(found.get(featureId) ?? []), compiled]);
  }
  return found;
}

/** What the unit was last seen with; if that is not remembered, what it would be given now. */
function variantBy(compiled: CompiledFlag, ids: Ids, exposures: ExposureLog | null): string | null {
  const { flag } = compiled;
  const [tenantId, unitId] = [ids.tenantId, unitIdOf(flag.unit, ids)];
  if (typeof tenantId !== 'string' || unitId === null) return null;
  return exposures?.variantOf(flag.id, tenantId, unitId) ?? drawnVariant(compiled, ids);
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
