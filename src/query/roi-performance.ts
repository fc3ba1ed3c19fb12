/** How the system did on each day: latencies, errors, uptime, adoption. Null where nothing was measured, or is no longer kept. */
import type { RoiDay } from '../domain/roi-value.ts';
import { adoptionSignals, uptimeSignal } from '../domain/signal.ts';
import { cover } from '../domain/tier.ts';
import { edgesOf } from './roi-rows.ts';
import { adoptionRows, dayRows, uptimeRow } from './signals.ts';
import { ask, type Rows } from './statement.ts';

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

async function rates(clickhouse: Rows, day: RoiDay): Promise<Pick<Performance, 'uptime_percentage' | 'feature_adoption_percentage'>> {
  const [uptime, adoption] = await Promise.all([ask(clickhouse, uptimeRow(day)), ask(clickhouse, adoptionRows(cover(day.from, day.to)))]);
  const adopted = adoptionSignals(adoption).map(({ value }) => value);
  return {
    uptime_percentage: uptime.flatMap(uptimeSignal)[0]?.value ?? null,
    feature_adoption_percentage: adopted.length === 0 ? null : Math.min(...adopted),
  };
}

/** One row for each day. */
export async function performanceOf(clickhouse: Rows, days: readonly RoiDay[]): Promise<Performance[]> {
  if (days.length === 0) return [];
  const sums = await ask(clickhouse, dayRows([...latencies, ERRORS], edgesOf(days)));
  const made: Performance[] = [];
  for (const day of days) {
    const mean = (metric: string): number | null => {
      const row = sums.find((one) => one.day === day.from && one.metric === metric);
      return row === undefined || row.n === 0 ? null : row.sum / row.n;
    };
    const errors = mean(ERRORS);
    const means = Object.fromEntries(latencies.map((metric) => [metric, mean(metric)])) as Pick<Performance, (typeof latencies)[number]>;
    made.push({ day: day.day, ...means, error_rate_percentage: errors === null ? null : errors * 100, ...(await rates(clickhouse, day)) });
  }
  return made;
}
