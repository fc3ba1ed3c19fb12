/** Waiting no longer than is worth it. */
import { ImpactError } from '../domain/errors.ts';
import { within as inTime } from '../query/patience.ts';

/** Waits for `work`, but no longer than `ms`; the timer does not keep a process alive that has nothing else to do. */
export async function noLongerThan(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())]);
}

/** What an outside system answers. @throws ImpactError `unavailable` when `work` takes longer, or fails; the work itself goes on */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  try {
    return await inTime(work, ms, () => new Error(`no answer within ${ms / 1000} s`));
  } catch (cause) {
    if (cause instanceof ImpactError) throw cause;
    throw new ImpactError('unavailable', `${what}: ${(cause as Error).message}`, { cause });
  }
}
