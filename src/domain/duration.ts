/** "90s", "5m", "24h", "7d" <-> milliseconds. */

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** Milliseconds of a duration such as "5m"; null when it is none. Units: ms, s, m, h, d. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,10})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * unitMs[match[2] as Unit] : null;
}

/** The shortest text of a duration, in the greatest unit that divides it: 300000 is "5m", 0 is "0s". */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  const unit = (['d', 'h', 'm', 's'] as const).find((one) => ms % unitMs[one] === 0) ?? 'ms';
  return `${ms / unitMs[unit]}${unit}`;
}
