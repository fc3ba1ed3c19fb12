/** What was measured of the performance targets over a span of time, of the whole platform. */
import { type Actuals, type TargetValues, targetMetrics } from '../domain/report-targets.ts';
import { adoptionSignals, uptimeSignal } from '../domain/signal.ts';
import { cover } from '../domain/tier.ts';
import { adoptionRows, dayRows, uptimeRow } from './signals.ts';
import { ask, type Rows } from './statement.ts';

type Span = { from: number; to: number };

export type TargetConfig = {
  targetWebsocketLatencyMs: number;
  targetMlInferenceMs: number;
  targetVisionAnalysisMs: number;
  targetCoachingAnalysisMs: number;
  targetErrorRatePercent: number;
  targetUptimePercent: number;
  targetAdoptionPercent: number;
};

/** The targets of the configuration, by metric. */
export const targetValues = (config: TargetConfig): TargetValues => ({
  websocket_latency_ms: config.targetWebsocketLatencyMs,
  ml_inference_latency_ms: config.targetMlInferenceMs,
  vision_analysis_latency_ms: config.targetVisionAnalysisMs,
  coaching_analysis_latency_ms: config.targetCoachingAnalysisMs,
  error_rate_percent: config.targetErrorRatePercent,
  uptime_percent: config.targetUptimePercent,
  adoption_percent: config.targetAdoptionPercent,
});

const latencies = targetMetrics.filter((metric) => metric.endsWith('_latency_ms'));

/** Latencies are means; the adoption is that of the least used feature. @param span whole minutes, ms */
export async function measuredTargets(clickhouse: Rows, span: Span): Promise<Actuals> {
  const [sums, uptime, adoption] = await Promise.all([
    ask(clickhouse, dayRows([...latencies, 'request_error'], [span.from, span.to])),
    ask(clickhouse, uptimeRow(span)),
    ask(clickhouse, adoptionRows(cover(span.from, span.to))),
  ]);
  const mean = (metric: string, factor = 1): number | null => {
    const row = sums.find((one) => one.metric === metric);
    return row === undefined || row.n === 0 ? null : (row.sum / row.n) * factor;
  };
  const shares = adoptionSignals(adoption).map(({ value }) => value);
  return {
    ...(Object.fromEntries(latencies.map((metric) => [metric, mean(metric)])) as Actuals),
    error_rate_percent: mean('request_error', 100),
    uptime_percent: uptime.flatMap(uptimeSignal)[0]?.value ?? null,
    adoption_percent: shares.length === 0 ? null : Math.min(...shares),
  };
}
