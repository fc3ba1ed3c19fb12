import { describe, expect, it } from 'vitest';
import { partsOf, stepsOfHours } from '../../../streams/replay/rebuild.ts';

const HOUR = 3600;
const hours = (...rows: number[]) => rows.map((count, index) => ({ hour: index * HOUR, rows: count }));

describe('the steps of a day that is rebuilt', () => {
  it('join hours up to a million rows, and leave a larger hour alone', () => {
    expect(stepsOfHours(hours(400_000, 600_000, 1, 3_000_000, 5))).toEqual([
      { from: 0, to: 2 * HOUR },
      { from: 2 * HOUR, to: 3 * HOUR },
      { from: 3 * HOUR, to: 4 * HOUR },
      { from: 4 * HOUR, to: 5 * HOUR },
    ]);
  });

  it('go over hours without events, since those have nothing to say', () => {
    expect(
      stepsOfHours([
        { hour: 0, rows: 1 },
        { hour: 23 * HOUR, rows: 1 },
      ]),
    ).toEqual([{ from: 0, to: 24 * HOUR }]);
  });

  it('are none for a day without events', () => expect(stepsOfHours([])).toEqual([]));
});

describe('the parts of a day that is rebuilt at once', () => {
  const tenantsOf = (...tenants: string[]): (readonly string[])[] =>
    partsOf({ tenants, feature: null, from: 0, to: HOUR }).map((part) => part.tenants);

  it('have every tenant once, and none is empty', () => {
    expect(tenantsOf('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['g', 'h', 'i'],
    ]);
    expect(tenantsOf('a')).toEqual([['a']]);
  });
});
