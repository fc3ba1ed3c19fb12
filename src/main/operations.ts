/** What the API does by order of people, beyond reading: replays, and dead letters sent again. */
import type { ApiDeps } from '../api/deps.ts';
import { countLetters, sendableLetters, sendLetters } from '../cli/redrive.ts';
import type { Adapters } from './adapters.ts';
import { failpoint } from './stages.ts';

export function operationsOf(adapters: Adapters): Required<Pick<ApiDeps, 'replay' | 'redrive'>> {
  return {
    async replay(order, onProgress, signal) {
      // Loaded when it is needed: most processes never replay.
      const { replay } = await import('../../streams/replay.ts');
      return replay({ ...adapters, log: adapters.logs('replay'), failpoint, now: Date.now, signal }, order, onProgress);
    },
    async redrive(choice, dryRun) {
      const letters = await sendableLetters(adapters, choice);
      if (!dryRun) await sendLetters(adapters, letters);
      return countLetters(letters);
    },
  };
}
