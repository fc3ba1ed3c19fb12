import { expect, it } from 'vitest';
import { finestTier, keptWholeFrom } from '../../src/domain/retention.ts';

const now = Date.UTC(2026, 0, 31, 12);
const day = (ago: number): number => Date.UTC(2026, 0, 31 - ago);
const tierOf = (ago: number, raw: number, minute: number, hour: number) =>
  finestTier(day(ago), now, { retentionRawDays: raw, retentionMinuteDays: minute, retentionHourDays: hour });

it('keeps a day whole as long as its first instant is kept', () => {
  expect(keptWholeFrom(now, 10)).toBe(day(9));
  expect(keptWholeFrom(Date.UTC(2026, 0, 31), 10)).toBe(day(10));
});

it('takes the finest tier that keeps the day', () => {
  expect([5, 9, 10, 19, 20, 400].map((ago) => tierOf(ago, 5, 10, 20))).toEqual(['1m', '1m', '1h', '1h', '1d', '1d']);
});

it('keeps no tier for less than the one below it', () => {
  expect([29, 30].map((ago) => tierOf(ago, 30, 10, 20))).toEqual(['1m', '1d']);
});
