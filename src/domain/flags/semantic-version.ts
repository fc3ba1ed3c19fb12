/** Versions by semver.org 2.0.0, compared as flagd's `sem_ver` does. */

type Version = { numbers: readonly [number, number, number]; before: readonly string[] };

const whole = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const partial = /^(\d+)(?:\.(\d+))?$/;
const numeric = /^\d+$/;

/** A leading v is ignored, 1 and 1.2 are 1.0.0 and 1.2.0, build metadata does not count. Null for all else. */
export function parseVersion(value: unknown): Version | null {
  const text = String(value).replace(/^v/i, '');
  const match = whole.exec(text) ?? partial.exec(text);
  if (match === null) return null;
  const [, major, minor = '0', patch = '0', before = ''] = match;
  return { numbers: [Number(major), Number(minor), Number(patch)], before: before === '' ? [] : before.split('.') };
}

/** Numbers compare as numbers and stand before text. */
function compareIdentifiers(a: string, b: string): number {
  const [aNumeric, bNumeric] = [numeric.test(a), numeric.test(b)];
  if (aNumeric && bNumeric) return Math.sign(Number(a) - Number(b));
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A pre-release stands before its release; more identifiers stand after fewer. */
function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifiers(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

/** Below, at or above 0, by the precedence of versions. */
export function compareVersions(a: Version, b: Version): number {
  for (const i of [0, 1, 2] as const) if (a.numbers[i] !== b.numbers[i]) return Math.sign(a.numbers[i] - b.numbers[i]);
  return comparePreReleases(a.before, b.before);
}

const sameMajor = (a: Version, b: Version): boolean => a.numbers[0] === b.numbers[0];
const comparisons: Record<string, (a: Version, b: Version) => boolean> = {
  '=': (a, b) => compareVersions(a, b) === 0,
  '!=': (a, b) => compareVersions(a, b) !== 0,
  '<': (a, b) => compareVersions(a, b) < 0,
  '<=': (a, b) => compareVersions(a, b) <= 0,
  '>': (a, b) => compareVersions(a, b) > 0,
  '>=': (a, b) => compareVersions(a, b) >= 0,
  '^': sameMajor,
  '~': (a, b) => sameMajor(a, b) && a.numbers[1] === b.numbers[1],
};

/** @returns null where flagd's `sem_ver` has no answer: not three arguments, no version, no such comparison */
export function semVer(args: readonly unknown[]): boolean | null {
  if (args.length !== 3) return null;
  const [a, b] = [parseVersion(args[0]), parseVersion(args[2])];
  const holds = Object.hasOwn(comparisons, String(args[1])) ? comparisons[String(args[1])] : undefined;
  return a === null || b === null || holds === undefined ? null : holds(a, b);
}
