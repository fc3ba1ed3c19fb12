/** Reference values that test/golden/statistics/generate.py made with scipy and mpmath, and how close is close. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

export function golden<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../golden/statistics/${name}.json`, import.meta.url), 'utf8')) as T[];
}

/** Relative to what is expected; values below `floor` are compared as they are. */
export function errorOf(found: number, expected: number, floor = 1e-300): number {
  return Math.abs(found - expected) / Math.max(floor, Math.abs(expected));
}

/** Every number at the same place of two structures agrees to 1e-9 of its value. */
export function expectClose(found: unknown, expected: unknown, label: string, tolerance = 1e-9, floor = 1e-12): void {
  if (typeof expected !== 'number') {
    for (const [key, value] of Object.entries(expected as object)) {
      expectClose((found as Record<string, unknown> | null)?.[key], value, `${label}.${key}`, tolerance, floor);
    }
    return;
  }
  expect(typeof found, label).toBe('number');
  expect(errorOf(found as number, expected, floor), `${label}: ${found} instead of ${expected}`).toBeLessThan(tolerance);
}
