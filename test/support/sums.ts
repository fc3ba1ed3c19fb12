/** What must be in ClickHouse when exactly these events have been stored: computed by definition, and read from the rollups. */
import type { ClickHouse } from '../../src/adapters/clickhouse.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';

const bucketSeconds = { '1m': 60, '1h': 3600, '1d': 86_400 };
export type TierName = keyof typeof bucketSeconds;
export const tiers = Object.keys(bucketSeconds) as TierName[];

/** By tenant, feature, metric, variant and bucket: observations, their sum, and what they are worth in millionths of a US dollar. */
export type Sums = Record<string, { n: number; sum: number; micros: number }>;

const sorted = (sums: Map<string, Sums[string]>): Sums => Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Each event counts once, so no id may come twice. */
export function sumsOf(events: readonly FeatureEvent[], tier: TierName): Sums {
  const sums = new Map<string, Sums[string]>();
  const lengthMs = bucketSeconds[tier] * 1000;
  for (const event of events) {
    const bucket = Math.floor(event.occurredAt / lengthMs) * bucketSeconds[tier];
    for (const { metric, value, valueUsdMicros } of measurementsOf(event)) {
      const key = [event.tenantId, event.featureId, metric, event.variant ?? '', bucket].join('|');
      const { n, sum, micros } = sums.get(key) ?? { n: 0, sum: 0, micros: 0 };
      sums.set(key, { n: n + 1, sum: sum + value, micros: micros + valueUsdMicros });
    }
  }
  return sorted(sums);
}

type Row = { key: string; n: number; sum: number; micros: number };

/** What readers see in a tier. */
export async function storedSums(clickhouse: ClickHouse, tier: TierName): Promise<Sums> {
  const rows = await clickhouse.query<Row>(
    `SELECT concat(tenant, '|', feature, '|', metric, '|', variant, '|', toString(toUnixTimestamp(bucket))) AS key, n, sum,
      toInt64(value_usd * 1000000) AS micros
    FROM rollup_${tier}_active`,
  );
  return sorted(new Map(rows.map(({ key, n, sum, micros }) => [key, { n, sum, micros }])));
}

/** Ids of raw events, newest versions only. */
export async function storedIds(clickhouse: ClickHouse): Promise<string[]> {
  const rows = await clickhouse.query<{ event_id: string }>('SELECT event_id FROM events_active');
  return rows.map(({ event_id }) => event_id);
}
