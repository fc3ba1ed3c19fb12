/** The last minutes of the pipeline, for those who watch it: lag of every stage, events stored, windows that opened alerts, figures of the minute. */
import { SLOT_SECONDS } from './freshness.ts';
import type { Scope } from './scope.ts';
import { tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

const seconds = (name: string): string => `toDateTime({${name}:UInt32}, 'UTC')`;
const span = (now: number, back: number): { from: number } => ({ from: Math.floor(now / 1000) - back });

/** One stage at one moment (`at` in seconds since 1970): records behind, offsets committed, and how far its watermark is behind the clock. */
export type StageLag = { stage: string; at: number; lag: number; committed: number; watermarkSeconds: number | null };

/** @param back how far, seconds */
export function stageLags(now: number, back: number): Statement<StageLag> {
  return {
    text: `SELECT stage, toUnixTimestamp(sampled_at) AS at, toFloat64(sum(rows.lag)) AS lag, toFloat64(sum(greatest(committed_offset, 0))) AS committed,
  max(event_lag_seconds) AS watermarkSeconds
FROM pipeline_lag_final AS rows
WHERE sampled_at >= ${seconds('from')}
GROUP BY stage, at
ORDER BY stage, at`,
    params: span(now, back),
  };
}

/** Events a second that were stored in a slot, and how long the slowest of a hundred took from Kafka to here. */
export type StoredSlot = { topic: string; at: number; eventsPerSecond: number; delayP99Seconds: number };

export function storedSlots(now: number, back: number): Statement<StoredSlot> {
  return {
    text: `SELECT topic, toUnixTimestamp(sampled_at) AS at, n / ${SLOT_SECONDS} AS eventsPerSecond, delay_p99_seconds AS delayP99Seconds
FROM pipeline_freshness_final
WHERE sampled_at >= ${seconds('from')}
ORDER BY topic, at`,
    params: span(now, back),
  };
}

/** A metric in one minute. */
export type MinuteFigure = { metric: string; at: number; n: number; mean: number };

/** The performance metrics, minute by minute. */
export function performanceMinutes(scope: Scope, now: number, back: number): Statement<MinuteFigure> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT metric, toUnixTimestamp(bucket) AS at, toFloat64(sum(minutes.n)) AS n, sum(minutes.sum) / sum(minutes.n) AS mean
FROM rollup_1m_active AS minutes
WHERE ${tenant.text} AND bucket >= ${seconds('from')} AND (metric = 'request_error' OR endsWith(metric, '_latency_ms'))
GROUP BY metric, at
ORDER BY metric, at`,
    params: { ...tenant.params, ...span(now, back) },
  };
}
