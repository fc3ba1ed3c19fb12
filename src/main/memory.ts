/** How V8 keeps memory, where the usual way does not serve. */
import v8 from 'node:v8';
import type { StageName } from '../../streams/topology.ts';

/**
 * What a store makes for each event dies at once. V8 guesses now and then that it lives long, and puts it where only large collections find it:
 * the heap grew from 50 to 90 MB of garbage. Processes of several stages keep the guess: without it alerts came 0.3 s later.
 */
export function suitMemory(names: readonly StageName[]): void {
  if (names.length === 1 && names[0] === 'store') v8.setFlagsFromString('--no-allocation-site-pretenuring');
}
