/** Waiting no longer than is worth it. */

/** @throws what `late` makes when `work` takes longer; the work itself goes on */
export function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}
