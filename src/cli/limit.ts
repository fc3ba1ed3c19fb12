/** Components are asked with patience, and not for ever. */
import { within } from '../query/patience.ts';

/** How long that is. */
export const LIMIT_MS = 10_000;

/** What the work answers. @throws Error when it has not after ten seconds */
export const withinLimit = <T>(work: Promise<T>): Promise<T> =>
  within(work, LIMIT_MS, () => new Error(`no answer within ${LIMIT_MS / 1000} s`));
