/** Events put straight into ClickHouse, without Kafka: rows of the raw table, then the same recompute statements that the store runs. */
import type { ClickHouse } from '../../src/adapters/clickhouse.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';
import { usdOfMicros } from '../../src/domain/roi.ts';
import { emptyVanished, recomputeMinutes, recomputeTier } from '../../src/query/recompute.ts';
import { type Cell, cellChunks } from '../../src/query/touched.ts';

const MINUTE = 60_000;
const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '');

/** The first delivery of a higher revision wins; among equal ones the lower offset. */
const versionOf = (revision: number, offset: number): string => ((BigInt(revision) << 96n) + (1n << 40n) - BigInt(offset)).toString();

/** What the questions look into. */
function attributesOf(event: FeatureEvent): Record<string, string> {
  if (event.kind === 'flag-exposures') return { rollout_stage: event.rolloutStage, reason: event.reason };
  if (event.kind === 'operating-costs') return { category: event.category, description: event.description ?? '' };
  return event.kind === 'custom-metrics' ? event.attributes : {};
}

function rowOf(event: FeatureEvent, offset: number): object {
  const measured = measurementsOf(event);
  return {
    tenant: event.tenantId,
    feature: event.featureId,
    minute: Math.floor(event.occurredAt / MINUTE) * 60,
    event_id: event.eventId,
    kind: event.kind,
    revision: event.revision,
    retracted: event.retracted,
    version: versionOf(event.revision, offset),
    occurred_at: time(event.occurredAt),
    user_id: event.userId ?? '',
    entity_id: event.entityId ?? '',
    variant: event.variant ?? '',
    source: event.source,
    metrics: measured.map(({ metric }) => metric),
    values: measured.map(({ value }) => value),
    values_usd: measured.map(({ valueUsdMicros }) => usdOfMicros(valueUsdMicros)),
    attributes: attributesOf(event),
    topic: `impact-${event.kind}`,
    partition: 0,
    offset,
    recorded_at: time(event.occurredAt + 50),
  };
}

function cellsOf(events: readonly FeatureEvent[], lengthMs: number): Cell[] {
  const keys = new Map(events.map((e) => [`${e.tenantId}|${e.featureId}|${Math.floor(e.occurredAt / lengthMs)}`, e]));
  return [...keys.values()].map(({ tenantId, featureId, occurredAt }) => ({
    tenant: tenantId,
    feature: featureId,
    bucket: (Math.floor(occurredAt / lengthMs) * lengthMs) / 1000,
  }));
}

/** Stores events and leaves the rollups as they are. */
export const storeRawEvents = (clickhouse: ClickHouse, events: readonly FeatureEvent[]): Promise<void> =>
  clickhouse.insertRows(
    'events',
    events.map((event, i) => rowOf(event, i)),
  );

/** Stores events and brings all three tiers up to date. `firstOffset` sets the Kafka offsets apart from those of another call. */
export async function storeEvents(clickhouse: ClickHouse, events: readonly FeatureEvent[], firstOffset = 0): Promise<void> {
  await clickhouse.insertRows(
    'events',
    events.map((event, i) => rowOf(event, firstOffset + i)),
  );
  const tiers = [
    ['1m', MINUTE],
    ['1h', 60 * MINUTE],
    ['1d', 1440 * MINUTE],
  ] as const;
  for (const [tier, lengthMs] of tiers) {
    for (const cells of cellChunks(cellsOf(events, lengthMs))) {
      const made = tier === '1m' ? recomputeMinutes(cells) : recomputeTier(tier, cells);
      for (const { text, params } of [made, emptyVanished(tier, cells)]) await clickhouse.command(text, params);
    }
  }
}
