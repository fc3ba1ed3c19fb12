/** How far each stage is behind: the newest sample of every partition. Of the pipeline, not of any tenant. */
import type { Scope } from './scope.ts';
import type { Statement } from './statement.ts';

export type LagRow = {
  stage: string;
  topic: string;
  partition: number;
  committedOffset: number;
  endOffset: number;
  lag: number;
  eventLagSeconds: number | null;
  sampledAt: number;
};

/** Samples older than this say nothing about now, seconds. */
const SAMPLE_AGE_SECONDS = 300;

/**
 * @param scope must see every tenant, for all of them share the partitions; the caller has seen to that
 * @param now ms since 1970
 */
export function lagRows(_scope: Scope & { tenantId: null }, now: number): Statement<LagRow> {
  return {
    text: `SELECT stage, topic, partition, committed_offset AS committedOffset, end_offset AS endOffset, lag, event_lag_seconds AS eventLagSeconds,
  toUnixTimestamp(sampled_at) AS sampledAt
FROM pipeline_lag_final
WHERE sampled_at >= toDateTime({from:UInt32}, 'UTC')
ORDER BY stage, topic, partition, sampled_at DESC
LIMIT 1 BY stage, topic, partition`,
    params: { from: Math.floor(now / 1000) - SAMPLE_AGE_SECONDS },
  };
}
