/** The variant that chance gives to a unit, for what is stated about it later. */
import type { CompiledFlag } from './compile.ts';
import { type Ids, tenantIdOf, unitIdOf } from './exposure.ts';
import type { Flag } from './flag.ts';
import { isPercentageStage } from './stage.ts';

/** Whether units of the flag are drawn at all. */
export const isExperiment = ({ archived, stage }: Pick<Flag, 'archived' | 'stage'>): boolean => !archived && isPercentageStage(stage);

/** @returns null outside of the experiment, and where a targeting rule decides, which may need attributes that an event does not have */
export function drawnVariant({ flag, decide }: CompiledFlag, ids: Ids): string | null {
  const tenantId = tenantIdOf(ids);
  if (tenantId === null || unitIdOf(flag.unit, ids) === null || flag.targeting !== null) return null;
  const given = decide(false, tenantId, ids.userId as string | null, ids.entityId as string | null);
  return given.inExperiment ? given.variant : null;
}
