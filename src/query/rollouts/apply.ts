/** The change of the flag that a recorded step asks for: made once, whoever dies in between, and given up where others were quicker. */
import { ImpactError } from '../../domain/errors.ts';
import { requireDefinition } from '../../domain/flags/assign.ts';
import { definitionOf, type Flag } from '../../domain/flags/flag.ts';
import type { Settlement } from '../../domain/rollout/move.ts';
import { authorOf, isOfStep, type RecordedStep } from '../../domain/rollout/step.ts';
import type { PendingChange } from '../../domain/rollout.ts';
import { changesSince } from '../flags/since.ts';
import type { FlagStore } from '../flags/store.ts';

export type FlagWriter = Pick<FlagStore, 'get' | 'update' | 'history'>;

const MAX_ATTEMPTS = 5;

const overtaken = (error: unknown): boolean => error instanceof ImpactError && error.code === 'precondition_failed';

async function change(flags: FlagWriter, flag: Flag, to: PendingChange['to'], step: RecordedStep): Promise<Settlement> {
  const edit = (present: Flag) => requireDefinition({ ...definitionOf(present), stage: to });
  const { version, updatedAt } = await flags.update(flag.id, edit, flag.version, authorOf(step));
  return { version, at: updatedAt };
}

/** Going back is meant whatever else was changed; going on is meant for the flag that was looked at. */
const stillMeant = (flag: Flag, { to }: PendingChange): boolean => to === 'disabled' && flag.stage !== 'disabled';

async function attempt(flags: FlagWriter, pending: PendingChange, step: RecordedStep): Promise<Settlement> {
  const flag = await flags.get(step.flagId);
  if (flag === null) return null;
  if (flag.version === pending.flagVersion) return change(flags, flag, pending.to, step);
  const changes = await changesSince(flags, flag.id, pending.flagVersion, flag.version);
  const ours = changes.find((one) => isOfStep(one, pending.step));
  if (ours !== undefined) return { version: ours.version, at: ours.occurredAt };
  return stillMeant(flag, pending) ? change(flags, flag, pending.to, step) : null;
}

/**
 * Makes the change, or finds that it was made already. May be called again, by whichever process, also at the same time: it happens once.
 * @returns null when somebody else has changed the flag since the step was decided
 * @throws what Redis or, where the flag was changed meanwhile, Postgres throws; then it is to be called again
 */
export async function applyPending(flags: FlagWriter, pending: PendingChange, step: RecordedStep): Promise<Settlement> {
  for (let i = 1; ; i++) {
    try {
      return await attempt(flags, pending, step);
    } catch (error) {
      if (!overtaken(error) || i >= MAX_ATTEMPTS) throw error;
    }
  }
}
