/** Takes fields out of an object of unknown shape. Every fault is noted with its place, and reading goes on, so that all are told at once. */
import type { Problem } from '../errors.ts';
import { shownValue } from '../validate.ts';

export type Reader = {
  /** `fallback` stands where the field is left out; undefined makes the field required. */
  value<T>(field: string, right: (value: unknown) => value is T, expected: string, fallback: T | undefined): T;
  number(field: string, right: (value: number) => boolean, expected: string, fallback: number | undefined): number;
  whole(field: string, least: number, most: number, fallback: number | undefined): number;
  wholeOrNull(field: string, least: number, most: number): number | null;
  choice<T extends string>(field: string, choices: readonly T[], fallback: T | undefined): T;
  /** A reader of the object in this field. */
  inner(field: string): Reader;
  fault(field: string, value: unknown, expected: string): void;
  /** Notes fields that are a known one in another spelling: they would be ignored silently. */
  checkSpelling(known: readonly string[]): void;
};

type RawRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is RawRecord => typeof value === 'object' && value !== null && !Array.isArray(value);

const plain = (name: string): string => name.replaceAll(/[^a-z]/gi, '').toLowerCase();

/** @param place stands before each field's name in faults */
export function createReader(given: unknown, place: string, problems: Problem[], known: readonly string[] = []): Reader {
  const record = isRecord(given) ? given : {};
  const fault = (field: string, value: unknown, expected: string): void => {
    problems.push({ field: `${place}${field}`, value: shownValue(value), expected });
  };
  // One fault tells it all: without an object every field would be missing.
  const silent = !isRecord(given);
  if (silent) problems.push({ field: place.replace(/\.$/, '') || 'input', value: shownValue(given), expected: 'an object' });

  const value = <T>(field: string, right: (value: unknown) => value is T, expected: string, fallback: T | undefined): T => {
    const found = record[field];
    if (found === undefined && fallback !== undefined) return fallback;
    if (right(found)) return found;
    if (!silent) fault(field, found, expected);
    return fallback as T;
  };
  const number: Reader['number'] = (field, right, expected, fallback) =>
    value(field, (found): found is number => typeof found === 'number' && Number.isFinite(found) && right(found), expected, fallback);
  const isWhole =
    (least: number, most: number) =>
    (found: unknown): found is number =>
      Number.isInteger(found) && (found as number) >= least && (found as number) <= most;
  const wholeText = (least: number, most: number): string => `a whole number from ${least} to ${most}`;
  const reader: Reader = {
    value,
    number,
    whole: (field, least, most, fallback) => value(field, isWhole(least, most), wholeText(least, most), fallback),
    wholeOrNull: (field, least, most) => value<number | null>(field, isWhole(least, most), wholeText(least, most), null),
    choice: (field, choices, fallback) => {
      const right = (found: unknown): found is (typeof choices)[number] => choices.includes(found as (typeof choices)[number]);
      return value(field, right, `one of ${choices.join(', ')}`, fallback);
    },
    inner: (field) => createReader(silent ? {} : record[field], `${place}${field}.`, silent ? [] : problems),
    fault,
    checkSpelling: (names) => {
      for (const field of Object.keys(record).filter((name) => !names.includes(name))) {
        const meant = names.find((name) => plain(name) === plain(field));
        if (meant !== undefined) fault(field, record[field], `the name ${meant}`);
      }
    },
  };
  reader.checkSpelling(known);
  return reader;
}
