/** What a time series answers: the aggregates there are, the units they come in, and what stands where nothing happened. */

export const aggregates = ['count', 'rate', 'sum', 'mean', 'min', 'max', 'stddev', 'uniques', 'value_usd'] as const;
/** Besides these, any percentile: p50, p95, p99.9. */
export type Aggregate = (typeof aggregates)[number] | `p${number}`;

/** 0.95 of "p95"; null when the text is not a percentile above 0 and below 100. */
export function quantileOf(aggregate: string): number | null {
  const percent = /^p(\d{1,2}(?:\.\d{1,3})?)$/.exec(aggregate)?.[1];
  return percent === undefined || Number(percent) === 0 ? null : Number((Number(percent) / 100).toFixed(5));
}

export function isAggregate(text: string): text is Aggregate {
  return (aggregates as readonly string[]).includes(text) || quantileOf(text) !== null;
}

/** By the end of the metric's name, which carries the unit. Order matters: the first that fits. */
const suffixes: [RegExp, string][] = [
  [/_ms$/, 'ms'],
  [/_seconds$/, 's'],
  [/_minutes$/, 'min'],
  [/_hours$/, 'h'],
  [/_usd$/, 'USD'],
  [/_percent$/, '%'],
  [/_score$/, 'points'],
  [/^(churned|converted|luxury_detected|showing_booked|request_error)$/, 'share'],
];

/** The unit of a series' values. */
export function unitOf(metric: string, aggregate: Aggregate): string {
  if (aggregate === 'count') return 'events';
  if (aggregate === 'rate') return 'events/s';
  if (aggregate === 'uniques') return 'users';
  if (aggregate === 'value_usd') return 'USD';
  const unit = suffixes.find(([pattern]) => pattern.test(metric))?.[1] ?? '1';
  // The sum of yes and no is a number of yeses.
  return unit === 'share' && aggregate === 'sum' ? 'events' : unit;
}

export const fills = ['none', 'null', 'zero', 'previous'] as const;
/** What to put where a step holds nothing: leave the step out, null, 0, or what stood in the step before. */
export type Fill = (typeof fills)[number];

export type Point = { at: number; value: number | null };

/**
 * One point for each step, in order.
 * @param starts where each step begins, ms
 * @param values what is known, by the step's begin
 */
export function fillGaps(starts: readonly number[], values: ReadonlyMap<number, number | null>, fill: Fill): Point[] {
  if (fill === 'none') return starts.filter((at) => values.has(at)).map((at) => ({ at, value: values.get(at) ?? null }));
  let previous: number | null = null;
  return starts.map((at) => {
    const known = values.get(at);
    if (known !== undefined) previous = known;
    const missing = fill === 'zero' ? 0 : fill === 'previous' ? previous : null;
    return { at, value: known === undefined ? missing : known };
  });
}
