/** The live measures of the overview: latencies and errors against their targets, and who uses what. */
import type { SeriesFigures } from '../../api/series.ts';
import type { AdoptionAnswer } from '../../api/web-adoption.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { ranges } from '../range.ts';
import { type Answered, useAnswer } from '../use-answer.ts';

export type Measure = {
  metric: string;
  label: string;
  target: number;
  unit: string;
  /** The mean over the last hour that held anything; of errors the percentage. */
  value: number | null;
  answer: Answered<SeriesFigures>;
};

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The last 24 hours in steps of half an hour: enough to see an incident, and what is now. */
const daySpan = (now: number): { from: string; to: string } => {
  const to = Math.ceil(now / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
  return { from: new Date(to - 24 * HOUR_MS).toISOString(), to: new Date(to).toISOString() };
};

export const lastValue = (figures: SeriesFigures | null): number | null =>
  figures?.series[0]?.points.findLast(({ value }) => value !== null)?.value ?? null;

function useMeasure(metric: string, label: string, target: number, unit: string): Measure {
  const { tenant } = useView();
  const answer = useAnswer<SeriesFigures>(pathOf('/api/v1/series', { metric, tenant, step: '30m', ...daySpan(Date.now()) }));
  const last = lastValue(answer.data);
  return { metric, label, target, unit, value: last === null ? null : unit === '%' ? last * 100 : last, answer };
}

export function usePerformance(): Measure[] {
  const { me } = useView();
  const target = (name: string): number => me.targets[name] ?? 0;
  return [
    useMeasure('websocket_latency_ms', 'WebSocket', target('websocketLatencyMs'), 'ms'),
    useMeasure('ml_inference_latency_ms', 'ML inference', target('mlInferenceLatencyMs'), 'ms'),
    useMeasure('vision_analysis_latency_ms', 'Vision analysis', target('visionAnalysisLatencyMs'), 'ms'),
    useMeasure('coaching_analysis_latency_ms', 'Coaching analysis', target('coachingAnalysisLatencyMs'), 'ms'),
    useMeasure('request_error', 'Errors', target('errorRatePercent'), '%'),
  ];
}

/** Of the features that have users, in the range, or in a day when the range is shorter. */
export function useAdoption(): Answered<AdoptionAnswer> {
  const { tenant, range } = useView();
  return useAnswer<AdoptionAnswer>(pathOf('/api/v1/adoption', { period: ranges[range].period ?? 'last24h', tenant }));
}

/** The share of the active users that the average valued feature has; null without any. */
export function meanAdoption(adoption: AdoptionAnswer | null): number | null {
  if (adoption === null || adoption.features.length === 0) return null;
  return adoption.features.reduce((sum, { adoptionPercent }) => sum + adoptionPercent, 0) / adoption.features.length;
}
