/** Which days have to be calculated: those that go on, those that have ended since, and those whose input has changed. */

export type KnownDay = { day: string; complete: boolean };

/**
 * @param days the days that are looked at, in their order; the last of them is today
 * @param known what is stored of them
 * @param before fingerprints of the input that they were calculated from
 * @param now fingerprints of what the input is
 * @param asked days that somebody has asked for
 */
export function dueDays(
  days: readonly string[],
  known: readonly KnownDay[],
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  asked: ReadonlySet<string>,
): string[] {
  const complete = new Set(known.filter((one) => one.complete).map(({ day }) => day));
  return days.filter((day) => asked.has(day) || !complete.has(day) || before.get(day) !== now.get(day));
}
