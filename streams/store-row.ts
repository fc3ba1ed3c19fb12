/** One event as one row of ClickHouse's `events`, in RowBinary. */
import type { EventKind, FeatureEvent } from '../src/domain/event.ts';
import { measurementsOf } from '../src/domain/measurement.ts';
import { VERSION_BYTES, writeVersion } from '../src/domain/version.ts';
import type { RowWriter } from '../src/runtime/rowbinary.ts';

/** The columns in the order in which `writeEventRow` writes them. */
export const eventColumns = [
  'tenant',
  'feature',
  'minute',
  'event_id',
  'kind',
  'revision',
  'retracted',
  'version',
  'occurred_at',
  'user_id',
  'entity_id',
  'variant',
  'source',
  'metrics',
  'values',
  'values_usd',
  'attributes',
  'topic',
  'partition',
  'offset',
  'recorded_at',
] as const;

/** Where the event's record stands; `topic` is the full name, `timestamp` the record's own in milliseconds. */
export type Place = { topic: string; partition: number; offset: number; timestamp: number };

const MINUTE_SECONDS = 60;

/** Seconds since 1970 of the minute that an event belongs to. */
export const minuteOf = (event: { occurredAt: number }): number => {
  const seconds = Math.floor(event.occurredAt / 1000);
  return seconds - (seconds % MINUTE_SECONDS);
};

type Attribute = [name: string, value: string | number | boolean | null];

/** What an event carries beside its envelope and its measurements. */
function attributesOf(event: FeatureEvent): Attribute[] {
  switch (event.kind) {
    case 'property-intelligence':
      return [['property_id', event.propertyId]];
    case 'custom-metrics':
      return Object.entries(event.attributes);
    case 'request-telemetry':
      return [
        ['service', event.service],
        ['operation', event.operation],
        ['error_code', event.errorCode],
      ];
    case 'flag-exposures':
      return [
        ['rollout_stage', event.rolloutStage],
        ['reason', event.reason],
      ];
    case 'operating-costs':
      return [
        ['category', event.category],
        ['description', event.description],
        ['usage_units', event.usageUnits],
        ['charge_period_start', event.chargePeriodStart],
        ['charge_period_end', event.chargePeriodEnd],
      ];
    case 'lead-intelligence':
    case 'churn-prevention':
    case 'ai-coaching':
      return [];
    default:
      return event satisfies never;
  }
}

function writeMeasurements(row: RowWriter, event: FeatureEvent): void {
  const measurements = measurementsOf(event);
  row.count(measurements.length);
  for (const { metric } of measurements) row.string(metric);
  row.count(measurements.length);
  for (const { value } of measurements) row.float64(value);
  row.count(measurements.length);
  for (const { valueUsdMicros } of measurements) row.int64(valueUsdMicros);
}

function writeAttributes(row: RowWriter, event: FeatureEvent): void {
  const present = attributesOf(event).filter(([, value]) => value !== null);
  row.count(present.length);
  for (const [name, value] of present) {
    row.string(name);
    row.string(String(value));
  }
}

function writeVersionOf(row: RowWriter, event: FeatureEvent, place: Place): void {
  const { timestamp, offset, partition } = place;
  const kind: EventKind = event.kind;
  row.raw(VERSION_BYTES, (view, at) => writeVersion(view, at, { revision: event.revision, timestamp, offset, partition, kind }));
}

/** Appends the event's row. The caller has validated the event: nothing is checked again. */
export function writeEventRow(row: RowWriter, event: FeatureEvent, place: Place): void {
  row.string(event.tenantId);
  row.string(event.featureId);
  row.uint32(minuteOf(event));
  row.uuid(event.eventId);
  row.string(event.kind);
  row.uint16(event.revision);
  row.uint8(Number(event.retracted));
  writeVersionOf(row, event, place);
  row.int64(event.occurredAt);
  row.string(event.userId ?? '');
  row.string(event.entityId ?? '');
  row.string(event.variant ?? '');
  row.string(event.source);
  writeMeasurements(row, event);
  writeAttributes(row, event);
  row.string(place.topic);
  row.uint32(place.partition);
  row.int64(place.offset);
  row.int64(Math.max(0, place.timestamp));
}
