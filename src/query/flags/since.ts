/** What happened to a flag since a version that somebody has seen. */
import { ImpactError } from '../../domain/errors.ts';
import type { FlagChange } from '../../domain/flags/change.ts';
import type { FlagStore } from './store.ts';

/**
 * Changes after version `since` up to version `version`, the last one first.
 * @throws ImpactError `unavailable` while the audit has not recorded all of them
 */
export async function changesSince(
  flags: Pick<FlagStore, 'history'>,
  flagId: string,
  since: number,
  version: number,
): Promise<FlagChange[]> {
  const changes = (await flags.history(flagId)).filter((change) => change.version > since && change.version <= version);
  if (changes.length < version - since) throw new ImpactError('unavailable', 'the audit of the flag is not complete yet');
  return changes;
}
