import { describe, expect, it } from 'vitest';
import { type DayState, type KeptPart, partChunks, partsOf, planParts, rangesOf } from '../../../src/domain/experiment/parts.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 12);
const text = (parts: readonly { from: number; to: number }[]): string[] =>
  parts.map(({ from, to }) => `${new Date(from).toISOString().slice(5, 16)} ${new Date(to).toISOString().slice(5, 16)}`);

describe('the parts of an experiment’s time', () => {
  it('are its UTC days, from the midnight before what serves CUPED', () => {
    const period = { from: MONDAY, to: MONDAY + 2 * DAY };
    expect(text(partsOf({ period, preMs: DAY, looks: [period.to] }))).toEqual([
      '01-11T00:00 01-12T00:00',
      '01-12T00:00 01-13T00:00',
      '01-13T00:00 01-14T00:00',
    ]);
  });

  it('are cut where the period begins and where looks end', () => {
    const period = { from: MONDAY + 5 * HOUR, to: MONDAY + DAY + 5 * HOUR };
    const parts = partsOf({ period, preMs: DAY, looks: [MONDAY + 8 * HOUR, period.to] });
    expect(text(parts)).toEqual([
      '01-11T00:00 01-12T00:00',
      '01-12T00:00 01-12T05:00',
      '01-12T05:00 01-12T08:00',
      '01-12T08:00 01-13T00:00',
      '01-13T00:00 01-13T05:00',
    ]);
    expect(rangesOf(parts)).toEqual([{ from: MONDAY - DAY, to: period.to }]);
  });

  it('begin with the period where nothing before it is asked', () => {
    const period = { from: MONDAY + 5 * HOUR, to: MONDAY + 6 * HOUR };
    expect(partsOf({ period, preMs: 0, looks: [period.to] })).toEqual([period]);
  });
});

const day = (at: number, changes: Partial<DayState> = {}): DayState => ({ day: at, stamp: 's', events: 10, settled: true, ...changes });
const copy = (from: number, changes: Partial<KeptPart> = {}): KeptPart => ({
  from,
  to: from + DAY,
  build: 'b',
  stamp: 's',
  ageMs: HOUR,
  ...changes,
});
const part = { from: MONDAY, to: MONDAY + DAY };

describe('a part', () => {
  it('is used as it was kept as long as nothing of its day has changed', () => {
    expect(planParts([part], [day(MONDAY)], [copy(MONDAY)])).toEqual({ kept: [copy(MONDAY)], due: [], raw: [] });
    const older = copy(MONDAY, { build: 'a', ageMs: 7 * HOUR });
    expect(planParts([part], [day(MONDAY)], [copy(MONDAY, { stamp: 'other' }), older]).kept).toEqual([older]);
  });

  it('is kept once its day is settled, and again when it has changed, but not every hour', () => {
    expect(planParts([part], [day(MONDAY)], [])).toEqual({ kept: [], due: [part], raw: [] });
    const changed = copy(MONDAY, { stamp: 'other' });
    expect(planParts([part], [day(MONDAY)], [changed])).toEqual({ kept: [], due: [], raw: [part] });
    expect(planParts([part], [day(MONDAY)], [{ ...changed, ageMs: 6 * HOUR }])).toEqual({ kept: [], due: [part], raw: [] });
  });

  it('is read raw while its day goes on, or where no rollup says what is stored of it', () => {
    expect(planParts([part], [day(MONDAY, { settled: false })], []).raw).toEqual([part]);
    expect(planParts([part], [], []).raw).toEqual([part]);
  });

  it('is left out where nothing is stored of a day that is long over', () => {
    expect(planParts([part], [], [], MONDAY + DAY + 2 * HOUR)).toEqual({ kept: [], due: [], raw: [] });
    expect(planParts([part], [], [], MONDAY + DAY + HOUR - 1).raw).toEqual([part]);
  });

  it('is another one if it is cut otherwise', () => {
    expect(planParts([{ from: MONDAY, to: MONDAY + HOUR }], [day(MONDAY)], [copy(MONDAY)]).due).toHaveLength(1);
  });
});

describe('what is kept at a time', () => {
  it('is as many parts as a million events allow, one at least', () => {
    const days = [400_000, 600_000, 1, 5_000_000].map((events, i) => day(MONDAY + i * DAY, { events }));
    const parts = days.map(({ day: from }) => ({ from, to: from + DAY }));
    expect(partChunks(parts, days).map(({ length }) => length)).toEqual([2, 1, 1]);
    expect(partChunks([], days)).toEqual([]);
  });
});

describe('neighbours', () => {
  it('are one range, others are not', () => {
    const parts = [0, 1, 3].map((i) => ({ from: i * DAY, to: (i + 1) * DAY }));
    expect(rangesOf(parts)).toEqual([
      { from: 0, to: 2 * DAY },
      { from: 3 * DAY, to: 4 * DAY },
    ]);
  });
});
