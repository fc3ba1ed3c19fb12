import { describe, expect, it } from 'vitest';
import { createFailpoint } from '../../src/runtime/failpoint.ts';

function deathsOf(wanted: string, passed: string[]): number {
  let deaths = 0;
  const failpoint = createFailpoint(wanted, () => {
    deaths += 1;
  });
  for (const name of passed) failpoint(name);
  return deaths;
}

describe('a failpoint', () => {
  it('does nothing unless one is asked for', () => {
    expect(deathsOf('', ['store.after-raw-insert'])).toBe(0);
  });

  it('kills at the first pass of the named place only', () => {
    expect(deathsOf('b', ['a', 'b', 'b', 'c'])).toBe(1);
  });

  it('kills at the pass that was asked for', () => {
    expect(deathsOf('b:3', ['b', 'b'])).toBe(0);
    expect(deathsOf('b:3', ['b', 'b', 'b', 'b'])).toBe(1);
  });
});
