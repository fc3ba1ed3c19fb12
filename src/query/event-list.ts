/** The events behind a figure: those of a range that hold a metric, newest first. */
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

export type EventListRow = {
  eventId: string;
  tenant: string;
  feature: string;
  kind: string;
  /** ms since 1970 */
  occurredAt: number;
  userId: string;
  entityId: string;
  variant: string;
  value: number;
  valueUsdMicros: number;
};

/** `from` and `to` in ms since 1970, `to` exclusive. */
export type EventListFilter = {
  metric: string;
  feature?: string | undefined;
  from: number;
  to: number;
  limit: number;
  /** Youngest first, or those with the greatest or the least value. */
  order: 'newest' | 'highest' | 'lowest';
};

const orders = { newest: 'occurred_at DESC', highest: 'value DESC, occurred_at DESC', lowest: 'value ASC, occurred_at DESC' } as const;

/** Retracted events are left out, and of every event only the revision that holds is told. */
export function eventList(scope: Scope, { metric, feature, from, to, limit, order }: EventListFilter): Statement<EventListRow> {
  const tenant = tenantCondition(scope);
  const only = feature === undefined ? '' : ' AND feature = {feature:String}';
  return {
    text: `SELECT toString(event_id) AS eventId, tenant, feature, kind, toUnixTimestamp64Milli(occurred_at) AS occurredAt, user_id AS userId, entity_id AS entityId,
  variant, values[indexOf(metrics, {metric:String})] AS value, toInt64(values_usd[indexOf(metrics, {metric:String})] * 1000000) AS valueUsdMicros
FROM events FINAL
WHERE ${tenant.text}${only} AND NOT retracted AND has(metrics, {metric:String})
  AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND minute < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND occurred_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY ${orders[order]}, eventId
LIMIT {limit:UInt32}
SETTINGS do_not_merge_across_partitions_select_final = 1`,
    params: { ...tenant.params, metric, ...(feature === undefined ? {} : { feature }), from, to, limit },
  };
}
