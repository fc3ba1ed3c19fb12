/** Waiting for an outside system no longer than is worth it. */
import { ImpactError } from '../domain/errors.ts';

/** @throws ImpactError `unavailable` when `work` takes longer, or fails; the work itself goes on */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    if (cause instanceof ImpactError) throw cause;
    throw new ImpactError('unavailable', `${what}: ${(cause as Error).message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
