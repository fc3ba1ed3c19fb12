/** Commands that may be stopped at any time and go on when they are given again. */
import type { Context } from './context.ts';
import { Unsuccessful } from './failure.ts';

/** Runs `work`; when it ends because of Ctrl-C, that is no fault of anything. */
export async function resumable<T>(context: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.err('stopped; the same command goes on from there\n');
    throw new Unsuccessful();
  }
}
