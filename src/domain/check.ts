/** Checks of single values. Each answers null or why the value is refused; the answers are made once, so that a valid event costs no allocation. */
import type { DeadLetterReason } from './event.ts';

export type Refusal = { reason: DeadLetterReason; expected: string };
export type Check = (value: unknown) => Refusal | null;

const MAX_ID_CHARACTERS = 256;
const MAX_TEXT_CHARACTERS = 1024;
const MAX_ATTRIBUTES = 64;

const invalid = (expected: string): Refusal => ({ reason: 'invalid_field', expected });
const outOfRange = (expected: string): Refusal => ({ reason: 'value_out_of_range', expected });

/**
 * Control characters, halves of surrogate pairs, and the sign that a decoder puts where the bytes were not UTF-8:
 * two different broken ids would otherwise become one.
 */
const brokenPattern = /[\p{Cc}\p{Cs}\uFFFD]/u;

/** Plain printable ASCII, which nearly all ids are, needs no pattern. */
function broken(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e) return brokenPattern.test(value);
  }
  return false;
}

const text = (minimum: number, maximum: number): Check => {
  const refusal = invalid(`text of ${minimum} to ${maximum} characters without control characters or broken Unicode`);
  return (value) => (typeof value === 'string' && value.length >= minimum && value.length <= maximum && !broken(value) ? null : refusal);
};

/** Tenants, users, entities, sources, categories. */
export const id = text(1, MAX_ID_CHARACTERS);
/** Text for people; may be empty. */
export const prose = text(0, MAX_TEXT_CHARACTERS);

const namePattern = /^[a-z][a-z0-9_]{0,63}$/;
const notAName = invalid('lower snake case: a letter, then up to 63 of a-z, 0-9 and _');
export const name: Check = (value) => (typeof value === 'string' && namePattern.test(value) ? null : notAName);

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const notAUuid = invalid('a UUID, for example 0f8fad5b-d9cb-469f-a165-70867728950e');
export const uuid: Check = (value) => (typeof value === 'string' && uuidPattern.test(value) ? null : notAUuid);

const notABoolean = invalid('true or false');
export const boolean: Check = (value) => (typeof value === 'boolean' ? null : notABoolean);

/** A finite number from `minimum` to `maximum`; NaN and the infinities are out of every range. */
export const numberWithin = (minimum: number, maximum: number): Check => {
  const expected = `a number from ${minimum} to ${maximum}`;
  const [wrongType, wrongSize] = [invalid(expected), outOfRange(expected)];
  return (value) => (typeof value !== 'number' ? wrongType : value >= minimum && value <= maximum ? null : wrongSize);
};

export const wholeWithin = (minimum: number, maximum: number): Check => {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  const [wrongType, wrongSize] = [invalid(expected), outOfRange(expected)];
  return (value) =>
    typeof value !== 'number' ? wrongType : Number.isInteger(value) && value >= minimum && value <= maximum ? null : wrongSize;
};

/** Milliseconds since 1970 from `from` to `to`. */
export const timeWithin = (from: number, to: number): Check => {
  const expected = `milliseconds since 1970, from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  const [wrongType, wrongTime] = [invalid(expected), { reason: 'time_out_of_range', expected } as const];
  return (value) => (typeof value !== 'number' ? wrongType : Number.isInteger(value) && value >= from && value <= to ? null : wrongTime);
};

export const oneOf = (choices: readonly string[]): Check => {
  const refusal = invalid(`one of ${choices.join(', ')}`);
  return (value) => (choices.includes(value as string) ? null : refusal);
};

export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);

/** `check`, and then `also`. */
export const both =
  (check: Check, also: Check): Check =>
  (value) =>
    check(value) ?? also(value);

const amountPattern = /^-?\d{1,9}(\.\d{1,6})?$/;
const amountExpected = 'decimal text from -999999999.999999 to 999999999.999999 with at most six places, for example "24.50"';
const [notAnAmount, amountOutOfRange] = [invalid(amountExpected), outOfRange(amountExpected)];
/** US dollars as decimal text; credits and refunds are negative. Numeric text of another size is out of range, all else is invalid. */
export const amount: Check = (value) => {
  if (typeof value !== 'string') return notAnAmount;
  if (amountPattern.test(value)) return null;
  return /^-?\d+(\.\d+)?$/.test(value) ? amountOutOfRange : notAnAmount;
};

const notAttributes = invalid(
  `at most ${MAX_ATTRIBUTES} attributes, names of 1 to ${MAX_ID_CHARACTERS} and values of up to ${MAX_TEXT_CHARACTERS} characters`,
);
export const attributes: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return notAttributes;
  const keys = Object.keys(value);
  if (keys.length > MAX_ATTRIBUTES) return notAttributes;
  const fine = keys.every((key) => id(key) === null && prose((value as Record<string, unknown>)[key]) === null);
  return fine ? null : notAttributes;
};
