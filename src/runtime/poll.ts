/** Work that is looked for now and then, and at once when somebody in this process knows that there is some. */
import { faultFields } from './fault.ts';
import type { Log } from './log.ts';

export type Poll = {
  /** There may be work: looks without waiting. */
  nudge(): void;
  /** Ends it, and resolves when what was under way is over. */
  end(): Promise<void>;
};

/**
 * Does the work at once, then again at the next nudge, or `idleMs` after its end. A failure is logged, and mended or not by the next time.
 * @param work answers whether there may be more, which is then done without waiting
 */
export function poll(what: string, work: () => Promise<boolean>, idleMs: number, log: Log): Poll {
  let stopped = false;
  let nudged = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  async function once(): Promise<void> {
    nudged = false;
    const more = await work().catch((error: unknown) => {
      log.warn(faultFields(error), `${what}: not possible now, trying again`);
      return false;
    });
    running = null;
    if (stopped) return;
    if (more || nudged) begin();
    else timer = setTimeout(begin, idleMs);
  }

  function begin(): void {
    clearTimeout(timer);
    running ??= once();
  }

  begin();
  return {
    nudge() {
      nudged = true;
      if (!stopped) begin();
    },
    async end() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
