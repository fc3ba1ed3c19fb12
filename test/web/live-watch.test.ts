/** What the change stream tells of writes, and how far back it looks for them. */
import { expect, it } from 'vitest';
import { laterOf, sinceOf, toldOf } from '../../src/api/live-watch.ts';

const newest = (data: number) => ({ data, alerts: 0, quality: 0 });

it('tells a write at once, and once more when everything that is made of it is surely there', () => {
  const told = [50_000, 59_999, 60_000, 90_000].map((now) => toldOf(newest(50_000), now).data);
  expect(told).toEqual([50_000, 50_000, 50_001, 50_001]);
  expect(toldOf(newest(0), 60_000).alerts).toBe(0);
});

it('keeps what was known where nothing is found, and never goes back', () => {
  expect(laterOf(newest(7), [{ kind: 'alerts', at: 3 }])).toEqual({ data: 7, alerts: 3, quality: 0 });
  expect(laterOf(newest(7), [{ kind: 'data', at: 5 }]).data).toBe(7);
});

it('looks back five minutes at first, and then from the newest write on', () => {
  expect(sinceOf(null, 1_000_000)).toEqual({ data: 700_000, alerts: 700_000, quality: 700_000 });
  expect(sinceOf(newest(990_000), 1_000_000)).toEqual({ data: 985_000, alerts: 700_000, quality: 700_000 });
});
