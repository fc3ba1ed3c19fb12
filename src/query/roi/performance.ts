/** How the system did on each day: latencies, errors, uptime, adoption. Null where nothing was measured, or is no longer kept. */
import type { RoiDay } from '../../domain/roi/value.ts';
import { adoptionSignals, uptimeSignal } from '../../domain/signal.ts';
import { coarsestTier } from '../../domain/tier.ts';
import { oneMetric, secondsOf, viewOf, withinRange } from '../rollup.ts';
import { dayRows } from '../signals.ts';
import { ask, type Rows, type Statement } from '../statement.ts';
import { edgesOf } from './rows.ts';

export type Performance = {
  day: string;
  websocket_latency_ms: number | null;
  ml_inference_latency_ms: number | null;
  vision_analysis_latency_ms: number | null;
  coaching_analysis_latency_ms: number | null;
  error_rate_percentage: number | null;
  uptime_percentage: number | null;
  feature_adoption_percentage: number | null;
};

const latencies = [
  'websocket_latency_ms',
  'ml_inference_latency_ms',
  'vision_analysis_latency_ms',
  'coaching_analysis_latency_ms',
] as const;
const ERRORS = 'request_error';

const spanOf = (edges: readonly number[]) => withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });

/** Minutes with requests of each day, and those of them in which fewer than half failed. `at`: begin of the day, seconds since 1970. */
export function uptimeOfDays(edges: readonly number[]): Statement<{ at: number; up: number; minutes: number }> {
  const within = spanOf(edges);
  return {
    text: `SELECT at, toFloat64(countIf(failed * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, bucket, sum(parts.sum) AS failed, sum(parts.n) AS requests
  FROM rollup_1m_active AS parts
  WHERE metric = '${ERRORS}' AND ${within.text}
  GROUP BY at, bucket
)
GROUP BY at
${oneMetric}`,
    params: { ...within.params, edges: edges.map(secondsOf) },
  };
}

/** Different users of each feature on each day, and of all features together (feature ''). */
export function adoptionOfDays(edges: readonly number[]): Statement<{ at: number; feature: string; users: number }> {
  const within = spanOf(edges);
  return {
    text: `SELECT at, toString(feature) AS feature, toFloat64(uniqCombined64Merge(12)(parts.users)) AS users
FROM (
  SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, feature, users FROM ${viewOf[coarsestTier(edges)]}
  WHERE feature != 'platform' AND metric != 'cost_usd' AND ${within.text}
) AS parts
GROUP BY GROUPING SETS ((at, feature), (at))
ORDER BY at, feature`,
    params: { ...within.params, edges: edges.map(secondsOf) },
  };
}

type Found = {
  sums: { day: number; metric: string; n: number; sum: number }[];
  uptime: { at: number; up: number; minutes: number }[];
  adoption: { at: number; feature: string; users: number }[];
};

function performanceOfDay({ day, from }: RoiDay, { sums, uptime, adoption }: Found): Performance {
  const mean = (metric: string): number | null => {
    const row = sums.find((one) => one.day === from && one.metric === metric);
    return row === undefined || row.n === 0 ? null : row.sum / row.n;
  };
  const errors = mean(ERRORS);
  const adopted = adoptionSignals(adoption.filter(({ at }) => at === secondsOf(from))).map(({ value }) => value);
  return {
    day,
    ...(Object.fromEntries(latencies.map((metric) => [metric, mean(metric)])) as Pick<Performance, (typeof latencies)[number]>),
    error_rate_percentage: errors === null ? null : errors * 100,
    uptime_percentage: uptime.filter(({ at }) => at === secondsOf(from)).flatMap(uptimeSignal)[0]?.value ?? null,
    feature_adoption_percentage: adopted.length === 0 ? null : Math.min(...adopted),
  };
}

/** One row for each day. */
export async function performanceOf(clickhouse: Rows, days: readonly RoiDay[]): Promise<Performance[]> {
  if (days.length === 0) return [];
  const edges = edgesOf(days);
  const [sums, uptime, adoption] = await Promise.all([
    ask(clickhouse, dayRows([...latencies, ERRORS], edges)),
    ask(clickhouse, uptimeOfDays(edges)),
    ask(clickhouse, adoptionOfDays(edges)),
  ]);
  return days.map((day) => performanceOfDay(day, { sums, uptime, adoption }));
}
