import { expect, it, describe as suite } from 'vitest';
import { type ArchiveDescription, describe, fileNameOf, gapIn, includes, parseDescription, partsOf } from '../../src/domain/archive.ts';

const at = (text: string): number => Date.parse(`2026-01-${text}Z`);
const range = (from: string, to: string) => ({ from: at(from), to: at(to) });
const day = range('11T00:00', '12T00:00');
const description: ArchiveDescription = {
  ...day,
  table: 'events',
  columns: [{ name: 'tenant', type: 'String' }],
  tenant: null,
  feature: 'ai_coaching',
  rows: 12,
  archivedAt: at('13T01:02'),
};

suite('the description of an archive file', () => {
  it('is read as it was written', () => {
    expect(parseDescription(describe(description))).toEqual(description);
  });

  it.each([
    ['is no JSON', 'events'],
    ['is nothing', 'null'],
    ['is of another version', describe(description).replace('"version":1', '"version":2')],
    ['names no table', describe(description).replace('"table":"events"', '"table":null')],
    ['has a time that is none', describe(description).replace('2026-01-11T00', '2026-13-11T00')],
    ['was written at no time', describe(description).replace('2026-01-13', 'yesterday')],
    ['has no number of rows', describe(description).replace('"rows":12', '"rows":"many"')],
    ['has columns that are none', describe(description).replace('"type":"String"', '"kind":"String"')],
    ['has no list of columns', describe({ ...description, columns: {} as never })],
    ['has a tenant that is a number', describe(description).replace('"tenant":null', '"tenant":7')],
    ['has a feature that is a number', describe(description).replace('"feature":"ai_coaching"', '"feature":7')],
    ['is empty of time', describe({ ...description, to: description.from })],
    ['reaches into the next day', describe({ ...description, to: description.to + 60_000 })],
  ])('is refused when it %s', (_, text) => {
    expect(parseDescription(text)).toBeNull();
  });
});

suite('what files cover', () => {
  it('is everything, in whatever order they come, and though they overlap', () => {
    expect(
      gapIn([range('12T00:00', '13T00:00'), range('11T00:00', '11T08:00'), range('11T07:00', '12T00:00')], range('11T00:00', '13T00:00')),
    ).toBeNull();
  });

  it('has a gap at the begin, in the middle, at the end, or all over', () => {
    const files = [range('11T00:00', '11T08:00'), range('11T09:00', '12T00:00')];
    expect(gapIn(files, range('10T00:00', '12T00:00'))).toEqual(range('10T00:00', '11T00:00'));
    expect(gapIn(files, day)).toEqual(range('11T08:00', '11T09:00'));
    expect(gapIn(files, range('11T09:00', '13T00:00'))).toEqual(range('12T00:00', '13T00:00'));
    expect(gapIn([], day)).toEqual(day);
    expect(gapIn([range('14T00:00', '15T00:00')], day)).toEqual(day);
  });

  it('includes what is narrower, and not what is wider or beside it', () => {
    const of = (tenant: string | null, feature: string | null) => ({ tenant, feature });
    expect(includes(of(null, null), of('a', 'f'))).toBe(true);
    expect(includes(of('a', null), of('a', 'f'))).toBe(true);
    expect(includes(of('a', null), of(null, null))).toBe(false);
    expect(includes(of('a', null), of('b', null))).toBe(false);
    expect(includes(of(null, 'f'), of('a', null))).toBe(false);
  });
});

suite('the files of a day', () => {
  const minutes = (...rows: number[]) => rows.map((rows, n) => ({ at: at('11T10:00') + n * 60_000, rows }));

  it('are one where the rows fit, or where there are none', () => {
    expect(partsOf(day, minutes(4, 6), 10)).toEqual([day]);
    expect(partsOf(day, [], 10)).toEqual([day]);
  });

  it('are cut at whole minutes where too many have come together, and a minute is never cut', () => {
    expect(partsOf(day, minutes(4, 7, 30, 1, 2), 10)).toEqual([
      range('11T00:00', '11T10:01'),
      range('11T10:01', '11T10:02'),
      range('11T10:02', '11T10:03'),
      range('11T10:03', '12T00:00'),
    ]);
  });

  it('are named by when they begin', () => {
    expect(fileNameOf(day)).toBe('2026-01-11.parquet');
    expect(fileNameOf(range('11T14:05', '12T00:00'))).toBe('2026-01-11T1405.parquet');
  });
});
