/** What became of one event: its stored revisions with their place in Kafka, and the rollup rows that it is part of. */
import type { Tier } from '../domain/tier.ts';
import { viewOf } from './rollup.ts';
import { type Scope, scopeOf, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** One stored statement about the event. Times are ISO 8601; `version` and `payloadHash` are text, for they are wider than a number. */
export type RevisionRow = {
  tenant: string;
  feature: string;
  kind: string;
  revision: number;
  retracted: boolean;
  version: string;
  occurredAt: string;
  minute: number;
  userId: string;
  entityId: string;
  variant: string;
  source: string;
  metrics: string[];
  values: number[];
  valuesUsdMicros: number[];
  attributes: Record<string, string>;
  topic: string;
  partition: number;
  offset: number;
  recordedAt: string;
  storedAt: string;
  payloadHash: string;
};

/**
 * Every stored revision, the one that holds first. Those that a merge has replaced are gone; the newest never is.
 * An id names one event within a tenant, feature and minute, so a careless producer's id may answer with several events.
 */
export function revisionRows(scope: Scope, eventId: string): Statement<RevisionRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT tenant, feature, kind, revision, retracted, toString(version) AS version, occurred_at AS occurredAt, toUnixTimestamp(minute) AS minute,
  user_id AS userId, entity_id AS entityId, variant, source, metrics, values, arrayMap(usd -> toInt64(usd * 1000000), values_usd) AS valuesUsdMicros, attributes,
  topic, partition, offset, recorded_at AS recordedAt, stored_at AS storedAt, toString(payload_hash) AS payloadHash
FROM events
WHERE ${tenant.text} AND event_id = {eventId:UUID}
ORDER BY events.tenant, events.feature, events.minute, events.version DESC
LIMIT 100`,
    params: { ...tenant.params, eventId },
  };
}

export type RollupRow = {
  tier: Tier;
  bucket: number;
  metric: string;
  variant: string;
  n: number;
  sum: number;
  min: number;
  max: number;
  valueUsdMicros: number;
};

const tierStart: Record<Tier, string> = { '1m': 'toStartOfMinute', '1h': 'toStartOfHour', '1d': 'toStartOfDay' };

/** The rows of all three tiers that the event's measurements count in, as they are now. `minute` is the event's, seconds since 1970. */
export function rollupRowsOf(event: Pick<RevisionRow, 'tenant' | 'feature' | 'variant' | 'metrics' | 'minute'>): Statement<RollupRow> {
  const tenant = tenantCondition(scopeOf(event.tenant));
  const selects = (Object.keys(tierStart) as Tier[]).map(
    (
      tier,
    ) => `SELECT '${tier}' AS tier, toUnixTimestamp(parts.bucket) AS bucket, metric, variant, toFloat64(n) AS n, sum, min, max, toInt64(value_usd * 1000000) AS valueUsdMicros
FROM ${viewOf[tier]} AS parts
WHERE ${tenant.text} AND feature = {feature:String} AND metric IN {metrics:Array(String)} AND variant = {variant:String}
  AND parts.bucket = ${tierStart[tier]}(toDateTime({minute:UInt32}, 'UTC'))`,
  );
  return {
    text: `SELECT * FROM (\n${selects.join('\nUNION ALL\n')}\n) ORDER BY metric, indexOf(['1m', '1h', '1d'], tier)`,
    params: { ...tenant.params, feature: event.feature, variant: event.variant, metrics: event.metrics, minute: event.minute },
  };
}
