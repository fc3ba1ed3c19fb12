/** Slow signals: figures of the stored history that alerts watch like windows. Each looks back a day from its tick. */
import { PLATFORM, valuedFeatures } from './event.ts';
import { SIGNALS, type SignalMetric, signalWindow } from './source.ts';
import type { PlatformMetric } from './target-metrics.ts';
import type { SourceProgress, WindowPart } from './window.ts';

/** `n`: how much evidence the value rests on. */
export type Signal = { metric: SignalMetric; featureId: string; value: number; n: number };

/** How many of the minutes with requests were up. A minute is down when half of its requests or more failed. */
export type UptimeRow = { up: number; minutes: number };
/** Different users of a feature; feature '' is all of them together. */
export type AdoptionRow = { feature: string; users: number };
/** Sums of one metric on one day. `day` is where it begins, milliseconds since 1970. */
export type DayRow = { day: number; metric: string; n: number; sum: number };

/** The metrics whose means have a target, and which; a share is stored as a part of 1, and its target is in percent. */
export const performanceTargets: Record<string, { target: PlatformMetric; unit: number }> = {
  websocket_latency_ms: { target: 'websocket_latency_ms', unit: 1 },
  ml_inference_latency_ms: { target: 'ml_inference_latency_ms', unit: 1 },
  vision_analysis_latency_ms: { target: 'vision_analysis_latency_ms', unit: 1 },
  coaching_analysis_latency_ms: { target: 'coaching_analysis_latency_ms', unit: 1 },
  request_error: { target: 'error_rate_percent', unit: 100 },
};

/** What a metric is to stay below on the day that begins then (ms), in the unit of its target. */
export type TargetAt = (metric: PlatformMetric, day: number) => number;

export const uptimeSignal = ({ up, minutes }: UptimeRow): Signal[] =>
  minutes === 0 ? [] : [{ metric: 'uptime_percent', featureId: PLATFORM, value: (100 * up) / minutes, n: minutes }];

/** The share of all active users who used the feature. A feature that nobody used has none: it may not have been rolled out. */
export function adoptionSignals(rows: readonly AdoptionRow[]): Signal[] {
  const all = rows.find(({ feature }) => feature === '')?.users ?? 0;
  return rows
    .filter(({ feature, users }) => (valuedFeatures as readonly string[]).includes(feature) && users > 0)
    .map(({ feature, users }) => ({ metric: 'adoption_percent', featureId: feature, value: Math.min(100, (100 * users) / all), n: all }));
}

/** A day meets its targets when every metric that was measured does, and one at least was. */
function isMet(rows: readonly DayRow[], targetAt: TargetAt): boolean {
  const met = rows.flatMap(({ day, metric, n, sum }) => {
    const held = performanceTargets[metric];
    return held === undefined || n === 0 ? [] : [(held.unit * sum) / n < targetAt(held.target, day)];
  });
  return met.length > 0 && met.every(Boolean);
}

/**
 * Days in a row, the last of `days` and those before it, on which all performance targets were met that were in force on them.
 * @param days where each day begins, ms, oldest first
 */
export function metDays(rows: readonly DayRow[], targetAt: TargetAt, days: readonly number[]): number {
  const ofDay = Map.groupBy(rows, ({ day }) => day);
  const missed = days.findLastIndex((day) => !isMet(ofDay.get(day) ?? [], targetAt));
  return days.length - 1 - missed;
}

/** The signal as a part of a window that ends at its tick. Telling the same tick again replaces it. */
export function signalPart({ metric, featureId, value, n }: Signal, tick: number, intervalMs: number): WindowPart {
  return {
    metric,
    featureId,
    tenantId: '',
    variant: null,
    sizeMs: signalWindow.sizeMs,
    hopMs: intervalMs,
    start: tick - signalWindow.sizeMs,
    end: tick,
    sourceTopic: SIGNALS,
    sourcePartition: 0,
    sourceOffset: tick,
    late: false,
    n,
    sum: value,
    sumSquares: value * value,
    min: value,
    max: value,
    valueUsdMicros: 0,
    costUsdMicros: 0,
  };
}

export const signalProgress = (tick: number): SourceProgress => ({ topic: SIGNALS, partition: 0, partitions: 1, through: tick });
