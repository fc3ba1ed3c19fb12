/** flagd's `fractional`: splits by weight on a hash of the flag's key and the unit, or of a text that the rule makes. */
import { murmur3 } from './murmur.ts';

export type FractionalContext = { readonly targetingKey: string | null | undefined; readonly flagKey: string };
type Share = { variant: string | number | boolean | null; weight: number };

const MAX_TOTAL_WEIGHT = 2 ** 31 - 1;

const isVariant = (value: unknown): value is Share['variant'] => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** A weight left out is 1; a negative one is what a sinking share came to, and counts as 0. */
function shareOf(entry: unknown): Share | null {
  if (!Array.isArray(entry) || entry.length === 0 || entry.length > 2) return null;
  const [variant = null, weight = 1] = entry as [unknown?, unknown?];
  if (!isVariant(variant) || typeof weight !== 'number' || !Number.isInteger(weight)) return null;
  return { variant, weight: Math.max(0, weight) };
}

const HALF = 2 ** 16;

/** `(hash x total) >> 32`, in halves of the hash so that every product stays exact. */
function pointOf(hash: number, total: number): number {
  const [high, low] = [Math.floor(hash / HALF), hash % HALF];
  return Math.floor((high * total + Math.floor((low * total) / HALF)) / HALF);
}

/**
 * @param args evaluated: an optional text to hash, then `[variant, weight]` each
 * @returns the variant that the hash falls to; null when the arguments or the unit's key are missing or wrong, as flagd has it
 */
export function fractional(args: readonly unknown[], { targetingKey, flagKey }: FractionalContext): Share['variant'] {
  const [first] = args;
  const own = typeof first === 'string';
  if (!own && !targetingKey) return null;
  const shares = (own || first === null ? args.slice(1) : args).map(shareOf);
  if (shares.length === 0 || !shares.every((share) => share !== null)) return null;
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0 || total > MAX_TOTAL_WEIGHT) return null;
  const point = pointOf(murmur3(own ? first : `${flagKey}${targetingKey}`), total);
  let end = 0;
  for (const { variant, weight } of shares) {
    end += weight;
    if (point < end) return variant;
  }
  return null;
}
