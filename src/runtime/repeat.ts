/** Work that is done again and again, one at a time, for as long as the process runs. */
import { faultFields } from './fault.ts';
import type { Log } from './log.ts';

/**
 * Does the work at once and then `intervalMs` after each end of it. A failure is logged, and mended or not by the next time.
 * @returns a function that ends it, and resolves when what was under way is over
 */
export function repeat(what: string, work: () => Promise<void>, intervalMs: number, log: Log): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const once = (): void => {
    running = work()
      .catch((error: unknown) => log.warn(faultFields(error), `${what}: not possible now, trying again`))
      .then(() => {
        if (!stopped) timer = setTimeout(once, intervalMs);
      });
  };
  once();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
