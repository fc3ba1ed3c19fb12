/** Events as rows of ClickHouse's `events`, in a block of columns. */
import type { EventKind, FeatureEvent } from '../../src/domain/event.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';
import { writeVersion } from '../../src/domain/version.ts';
import { nativeBlock } from '../../src/runtime/native/block.ts';
import type { Column } from '../../src/runtime/native/column.ts';
import { Float64Column, Int64Column, Uint8Column, Uint16Column, Uint32Column, Words128Column } from '../../src/runtime/native/fixed.ts';
import { ListColumn } from '../../src/runtime/native/list.ts';
import { NameColumn } from '../../src/runtime/native/name.ts';
import { TextColumn } from '../../src/runtime/native/text.ts';
import { UuidColumn } from '../../src/runtime/native/uuid.ts';

/** Where the event's record stands; `topic` is the full name, `timestamp` the record's own in milliseconds. */
export type Place = { topic: string; partition: number; offset: number; timestamp: number };

const MINUTE_SECONDS = 60;

/** Seconds since 1970 of the minute that an event time (milliseconds since 1970) belongs to. */
export const minuteOf = (occurredAt: number): number => {
  const seconds = Math.floor(occurredAt / 1000);
  return seconds - (seconds % MINUTE_SECONDS);
};

type Attribute = [name: string, value: string | number | boolean | null];

const none: readonly Attribute[] = [];

/** What an event carries beside its envelope and its measurements. */
function attributesOf(event: FeatureEvent): readonly Attribute[] {
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
      return none;
    default:
      return event satisfies never;
  }
}

const MILLISECONDS = "DateTime64(3, 'UTC')";

export type EventBlock = ReturnType<typeof newEventBlock>;

/** An empty block. The lists' items stand beside it, since whoever adds a row adds them one by one. */
export function newEventBlock() {
  const metric = new NameColumn();
  const value = new Float64Column('Float64');
  const valueUsd = new Int64Column('Decimal(18, 6)');
  const attribute = { name: new NameColumn(), text: new TextColumn() };
  const metrics = new ListColumn('Array(LowCardinality(String))', [metric]);
  const columns = {
    tenant: new TextColumn(),
    feature: new NameColumn(),
    minute: new Uint32Column("DateTime('UTC')"),
    event_id: new UuidColumn(),
    kind: new NameColumn(),
    revision: new Uint16Column('UInt16'),
    retracted: new Uint8Column('Bool'),
    version: new Words128Column('UInt128'),
    occurred_at: new Int64Column(MILLISECONDS),
    user_id: new TextColumn(),
    entity_id: new TextColumn(),
    variant: new NameColumn(),
    source: new NameColumn(),
    metrics,
    values: new ListColumn('Array(Float64)', [value], metrics),
    values_usd: new ListColumn('Array(Decimal(18, 6))', [valueUsd], metrics),
    attributes: new ListColumn('Map(LowCardinality(String), String)', [attribute.name, attribute.text]),
    topic: new NameColumn(),
    partition: new Uint32Column('UInt32'),
    offset: new Int64Column('UInt64'),
    recorded_at: new Int64Column(MILLISECONDS),
  };
  return { columns, metric, value, valueUsd, attribute };
}

export const rowsOf = ({ columns }: EventBlock): number => columns.recorded_at.rows;

/** Forgets all rows from `rows` on, and what is left of a row that was not finished. */
export function truncate({ columns }: EventBlock, rows: number): void {
  for (const column of Object.values<Column>(columns)) column.truncate(rows);
}

export const eventColumns = Object.keys(newEventBlock().columns);

/** The rows from `from` to `to` as ClickHouse reads them; they stay valid until the next write. */
export const nativeRows = ({ columns }: EventBlock, from: number, to: number): Buffer[] => nativeBlock(columns, from, to);

/** What an event measures and carries, which closes its four lists. */
export function writePayload(block: EventBlock, event: FeatureEvent): void {
  const { columns, metric, value, valueUsd, attribute } = block;
  for (const measured of measurementsOf(event)) {
    metric.add(measured.metric);
    value.add(measured.value);
    valueUsd.add(measured.valueUsdMicros);
  }
  for (const [name, text] of attributesOf(event)) {
    if (text === null) continue;
    attribute.name.add(name);
    attribute.text.add(String(text));
  }
  columns.metrics.close();
  columns.attributes.close();
}

/** Where the row comes from, and its version, which follows from that and the revision. */
export function writePlace({ columns }: EventBlock, kind: EventKind, revision: number, place: Place): void {
  const { topic, partition, offset, timestamp } = place;
  const { version } = columns;
  const at = version.next();
  writeVersion(version.items, at, { revision, timestamp, offset, partition, kind });
  columns.topic.add(topic);
  columns.partition.add(partition);
  columns.offset.add(offset);
  columns.recorded_at.add(Math.max(0, timestamp));
}

/** Appends the event's row. The caller has validated the event: nothing is checked again. */
export function writeEvent(block: EventBlock, event: FeatureEvent, place: Place): void {
  const { columns } = block;
  columns.tenant.add(event.tenantId);
  columns.feature.add(event.featureId);
  columns.minute.add(minuteOf(event.occurredAt));
  columns.event_id.add(event.eventId);
  columns.kind.add(event.kind);
  columns.revision.add(event.revision);
  columns.retracted.add(Number(event.retracted));
  columns.occurred_at.add(event.occurredAt);
  columns.user_id.add(event.userId ?? '');
  columns.entity_id.add(event.entityId ?? '');
  columns.variant.add(event.variant ?? '');
  columns.source.add(event.source);
  writePayload(block, event);
  writePlace(block, event.kind, event.revision, place);
}
