/** Values that a flag may serve: any JSON. Kept frozen, for every evaluation hands out the same object. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** The types that callers ask flags for. Lists, objects and null are all "object": what OpenFeature calls a structure. */
export type JsonType = 'boolean' | 'string' | 'number' | 'object';

const MAX_DEPTH = 32;

/** Text that every store keeps as it is: no half of a surrogate pair, no NUL. */
const storable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value can be written as JSON, stored and read back unchanged. */
export function isJson(value: unknown, depth = 0): value is Json {
  if (depth > MAX_DEPTH) return false;
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  if (!isPlainObject(value)) return false;
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && storable(key) && isJson(item, depth + 1));
}

export function jsonType(value: Json): JsonType {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
}

/** The same value, frozen all the way down. */
export function frozen<T extends Json>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) frozen(item as Json);
    Object.freeze(value);
  }
  return value;
}

const sorted = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
};

/** Whether two values are the same JSON, whatever the order of their keys: stores do not keep that. */
export const sameJson = (a: Json, b: Json): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
