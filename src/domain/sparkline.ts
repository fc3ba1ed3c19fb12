/** A row of numbers as a line of bars, one character each. */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

export type SparklineOptions = {
  /** The lowest bar stands for this; without it, for the smallest value. */
  from?: number;
  /** At most this many characters; neighbours are averaged into one. */
  width?: number;
};

type Value = number | null;

const isKnown = (value: Value): value is number => value !== null && Number.isFinite(value);

function averaged(values: readonly Value[], width: number): Value[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, nth) => {
    const part = values.slice(Math.floor((nth * values.length) / width), Math.floor(((nth + 1) * values.length) / width)).filter(isKnown);
    return part.length === 0 ? null : part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/**
 * The bars; a value that is not known is a space. Values that are all the same are low bars, for nothing rises.
 * @param values any numbers, in order; null or not finite: not known
 */
export function sparkline(values: readonly Value[], { from, width = Number.POSITIVE_INFINITY }: SparklineOptions = {}): string {
  const shown = averaged(values, width);
  const known = shown.filter(isKnown);
  const low = Math.min(from ?? Number.POSITIVE_INFINITY, ...known);
  const span = Math.max(...known) - low;
  const bar = (value: Value): string => {
    if (!isKnown(value)) return ' ';
    const height = span > 0 ? Math.round(((value - low) / span) * (BARS.length - 1)) : 0;
    return BARS[height] ?? ' ';
  };
  return shown.map(bar).join('');
}
