/** Components are asked with patience, and not for ever. */

/** How long that is. */
export const LIMIT_MS = 10_000;

/** What the work answers. @throws Error when it has not after ten seconds */
export function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
