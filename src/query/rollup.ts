/** Pieces that the questions to the rollup views share. */
import type { Tier, TierRange } from '../domain/tier.ts';

/** The view of each tier that shows active epochs, newest versions, and nothing that was retracted. */
export const viewOf: Record<Tier, string> = { '1m': 'rollup_1m_active', '1h': 'rollup_1h_active', '1d': 'rollup_1d_active' };

/** The table of each tier: every version and epoch. */
export const tableOf: Record<Tier, string> = { '1m': 'rollup_1m', '1h': 'rollup_1h', '1d': 'rollup_1d' };

/** Instants travel as whole seconds: no text, no zone, nothing to misread. */
export const secondsOf = (ms: number): number => Math.floor(ms / 1000);

/** `bucket` inside a range; `name` keeps the parameters of several ranges apart. */
export function withinRange(range: Pick<TierRange, 'from' | 'to'>, name = ''): { text: string; params: Record<string, number> } {
  return {
    text: `bucket >= toDateTime({from${name}:UInt32}, 'UTC') AND bucket < toDateTime({to${name}:UInt32}, 'UTC')`,
    params: { [`from${name}`]: secondsOf(range.from), [`to${name}`]: secondsOf(range.to) },
  };
}

/**
 * Ends a question about one of many metrics: rows of the others are left out by the sorting key before newest versions are looked for, which halves
 * what it costs. ClickHouse moves conditions on the sorting key only, and every version of a row has the same, so no answer changes.
 */
export const oneMetric = 'SETTINGS optimize_move_to_prewhere_if_final = 1';

/**
 * Where the step of a row begins, seconds since 1970. Equal steps are found by arithmetic; unequal ones (months, days on which clocks change) in
 * the list of their edges. `from` must be the first edge.
 */
export function stepExpression(
  edges: readonly number[],
  column: 'bucket' | 'minute' = 'bucket',
): { text: string; params: Record<string, unknown> } {
  const seconds = edges.map(secondsOf);
  const [start = 0, second = 0] = seconds;
  const length = second - start;
  const equal = seconds.every((edge, i) => edge === start + i * length);
  if (equal) return { text: `from + intDiv(toUnixTimestamp(${column}) - from, {length:UInt32}) * {length:UInt32}`, params: { length } };
  return { text: `roundDown(toUnixTimestamp(${column}), {edges:Array(UInt32)})`, params: { edges: seconds } };
}
