/** What could not be used, and what came too late: counted, and the newest of it. Times are ms since 1970. */
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

export type LetterGroupRow = { reason: string; topic: string; n: number; firstAt: number; lastAt: number; attempts: number };
export type LetterRow = {
  id: string;
  at: number;
  reason: string;
  message: string;
  field: string;
  topic: string;
  partition: number;
  offset: number;
  tenant: string;
  feature: string;
  attempt: number;
};
export type LateRow = { stage: string; feature: string; n: number; medianSeconds: number; worstSeconds: number; lastAt: number };

const since = (column: string): string => `${column} >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`;

/** Dead letters by reason and topic, the most frequent first. */
export function letterGroups(scope: Scope, from: number): Statement<LetterGroupRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT reason, topic, toFloat64(count()) AS n, toUnixTimestamp64Milli(min(dead_lettered_at)) AS firstAt,
  toUnixTimestamp64Milli(max(dead_lettered_at)) AS lastAt, max(attempt) AS attempts
FROM dead_letters_final
WHERE ${tenant.text} AND ${since('dead_lettered_at')}
GROUP BY reason, topic
ORDER BY n DESC, reason, topic
LIMIT 200`,
    params: { ...tenant.params, from },
  };
}

/** The newest dead letters. */
export function newestLetters(scope: Scope, from: number, limit: number): Statement<LetterRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT concat(toString(letter_partition), ':', toString(letter_offset)) AS id, toUnixTimestamp64Milli(dead_lettered_at) AS at, reason, message, field, topic,
  partition, toFloat64(offset) AS offset, tenant, feature, attempt
FROM dead_letters_final
WHERE ${tenant.text} AND ${since('dead_lettered_at')}
ORDER BY dead_lettered_at DESC, topic, partition, dead_letters_final.offset DESC
LIMIT {limit:UInt32}`,
    params: { ...tenant.params, from, limit },
  };
}

/** Late events by the stage that reported them and the feature, the most frequent first. */
export function lateGroups(scope: Scope, from: number): Statement<LateRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT stage, feature, toFloat64(count()) AS n, quantile(0.5)(late_by_seconds) AS medianSeconds, max(late_by_seconds) AS worstSeconds,
  toUnixTimestamp64Milli(max(reported_at)) AS lastAt
FROM late_events_final
WHERE ${tenant.text} AND ${since('reported_at')}
GROUP BY stage, feature
ORDER BY n DESC, stage, feature
LIMIT 200`,
    params: { ...tenant.params, from },
  };
}
