/** The time range that all pages share. */

export const ranges = {
  '1h': { label: 'Last hour', ms: 3_600_000, period: null },
  '24h': { label: 'Last 24 hours', ms: 86_400_000, period: 'last24h' },
  '7d': { label: 'Last 7 days', ms: 7 * 86_400_000, period: 'last7d' },
  '30d': { label: 'Last 30 days', ms: 30 * 86_400_000, period: 'last30d' },
  '365d': { label: 'Last 365 days', ms: 365 * 86_400_000, period: 'last365d' },
} as const;
export type RangeName = keyof typeof ranges;
export const USUAL_RANGE: RangeName = '30d';

export const rangeOf = (query: URLSearchParams): RangeName => {
  const asked = query.get('range');
  return asked !== null && asked in ranges ? (asked as RangeName) : USUAL_RANGE;
};

const MINUTE_MS = 60_000;

/** Begin and end, ISO 8601; the end is the end of this minute, so that the same question is asked all minute long. */
export function spanOf(range: RangeName, now: number): { from: string; to: string } {
  const to = Math.ceil(now / MINUTE_MS) * MINUTE_MS;
  return { from: new Date(to - ranges[range].ms).toISOString(), to: new Date(to).toISOString() };
}

/** The first of the range's whole days, UTC; the last one is today. */
export const firstDay = (range: RangeName): string =>
  new Date(Date.now() - (Math.max(1, Math.round(ranges[range].ms / 86_400_000)) - 1) * 86_400_000).toISOString().slice(0, 10);

/** The step of a chart: fine enough to see, coarse enough to read. */
export const stepOf: Record<RangeName, string> = { '1h': '1m', '24h': '15m', '7d': '2h', '30d': '6h', '365d': '1w' };
