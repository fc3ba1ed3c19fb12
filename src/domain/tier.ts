/** Which rollup tier answers for which stretch of time. Tiers hold absolute aggregates of the same events, finest first below the next. */

export const tierMs = { '1d': 86_400_000, '1h': 3_600_000, '1m': 60_000 } as const;
export type Tier = keyof typeof tierMs;
/** Tiers that are made of the one below; minutes are made of raw events. */
export type UpperTier = Exclude<Tier, '1m'>;

/** `from` and `to` are multiples of the tier's length, ms; `to` is not part of the range. */
export type TierRange = { tier: Tier; from: number; to: number };

/** How long each tier is kept, days; null: for ever. */
export type Retention = Record<Tier, number | null>;

/** The coarsest tier whose buckets never lie across one of the edges: fewest rows, exact all the same. */
export function coarsestTier(edges: readonly number[]): Tier {
  if (edges.every((edge) => edge % tierMs['1d'] === 0)) return '1d';
  return edges.every((edge) => edge % tierMs['1h'] === 0) ? '1h' : '1m';
}

const nonEmpty = ({ from, to }: TierRange): boolean => from < to;

/** Fills a range with whole buckets of the tier, and hands what is left at both ends to the next finer one. */
function fill(from: number, to: number, [tier, ...finer]: readonly Tier[]): TierRange[] {
  if (tier === undefined || from >= to) return [];
  const first = Math.ceil(from / tierMs[tier]) * tierMs[tier];
  const last = Math.floor(to / tierMs[tier]) * tierMs[tier];
  if (first >= last) return fill(from, to, finer);
  return [...fill(from, first, finer), { tier, from: first, to: last }, ...fill(last, to, finer)];
}

/**
 * A range cut into whole days, hours and minutes, coarsest in the middle: what a year costs is then 365 day rows and a few more,
 * and the result is that of the minutes, because every tier's buckets can be added up.
 * @param from ms, a whole minute
 * @param to ms, a whole minute
 */
export function cover(from: number, to: number): TierRange[] {
  return fill(from, to, ['1d', '1h', '1m']).filter(nonEmpty);
}

/** A client that asks for "the last 90 days" has counted them a moment before we do; parts are dropped whole and late, so that moment is still there. */
const SLACK_MS = 3_600_000;

/** The first range that its tier no longer keeps whole, and the instant from which it does; null when all is kept. */
export function expired(ranges: readonly TierRange[], retention: Retention, now: number): { range: TierRange; keptFrom: number } | null {
  for (const range of ranges) {
    const days = retention[range.tier];
    const keptFrom = days === null ? Number.NEGATIVE_INFINITY : now - days * 86_400_000 - SLACK_MS;
    if (range.from < keptFrom) return { range, keptFrom };
  }
  return null;
}
