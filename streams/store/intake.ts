/** One record's way into the batch: a row, a late event, or a dead letter. Synchronous, and never throws for what is in a record. */
import { deadLetterHeaders, lateHeaders } from '../../src/domain/deadletter.ts';
import type { EventKind, Fault } from '../../src/domain/event.ts';
import { MAX_EVENT_BYTES, schemaIdAt } from '../../src/domain/frame.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import type { Decoder } from '../../src/runtime/codec.ts';
import type { RecordCursor } from '../../src/runtime/cursor.ts';
import type { InRecord, TopicPartition } from '../../src/runtime/records.ts';
import { release } from '../../src/runtime/release.ts';
import { addRow, type DeadLetter, type StoreBatch, whole } from './batch.ts';
import type { Lane, LaneLimits } from './lane.ts';
import type { Place } from './row.ts';
import { touch } from './touched.ts';

/** What a topic carries, and the schema ids that have decoded well in this process. */
export type Source = { kind: EventKind; decoder: Decoder; decoded: Set<number>; lane: Lane };

export type IntakeLimits = LaneLimits;

export type Outcome = 'stored' | 'late' | 'dead' | 'ours';

/** A schema id that used to work and does not any more is our trouble (a registry mix-up, a bad deploy), not the producer's. */
function mayBeOurs(fault: Fault, schemaId: number | null, source: Source): boolean {
  if (fault.reason === 'processing_error') return true;
  const aboutSchema = fault.reason === 'unknown_schema_id' || fault.reason === 'schema_mismatch';
  return aboutSchema && schemaId !== null && source.decoded.has(schemaId);
}

const originOf = (from: TopicPartition, { offset, timestamp }: InRecord) => ({ ...from, offset, timestamp });

/** The dead-letter topic takes no more in one message; a value that was compressed on its way may be of any size. */
const MOST_VALUE_BYTES = 14_000_000;
const KEPT_BYTES = 1_000_000;

/** What is kept of a value that does not fit, and a header that says how large it was. */
function fitting(value: Buffer | null): { value: Buffer | null; headers: Record<string, string> } {
  if (value === null || value.length <= MOST_VALUE_BYTES) return { value, headers: {} };
  return { value: value.subarray(0, KEPT_BYTES), headers: { 'dl-truncated-from': String(value.length) } };
}

/** The dead letter of a record. */
export function deadLetterOf(
  from: TopicPartition,
  record: InRecord,
  about: { fault: Fault; step: string; schemaId: number | null; ours: boolean },
): DeadLetter {
  const headers = deadLetterHeaders(record.headers ?? {}, originOf(from, record), { ...about, version: release });
  const { value, headers: cut } = fitting(record.value);
  return {
    from,
    offset: Number(record.offset),
    ours: about.ours,
    reason: about.fault.reason,
    message: { key: record.key, value, headers: { ...headers, ...cut } },
  };
}

function addLate(batch: StoreBatch, from: TopicPartition, record: InRecord, lateByMs: number): void {
  const headers = lateHeaders(record.headers ?? {}, originOf(from, record), { stage: 'store', lateByMs, version: release });
  batch.late.push({ key: record.key, value: record.value, headers });
}

function refused(
  batch: StoreBatch,
  from: TopicPartition,
  record: InRecord,
  source: Source,
  fault: Fault,
  schemaId: number | null,
): Outcome {
  const ours = mayBeOurs(fault, schemaId, source);
  const step = fault.reason === 'processing_error' ? 'store.process' : 'store.decode';
  batch.deadLetters.push(deadLetterOf(from, record, { fault, step, schemaId, ours }));
  return ours ? 'ours' : 'dead';
}

/** The ordinary road: every rule, and a reason for everything that is kept out. */
function admit(batch: StoreBatch, from: TopicPartition, record: InRecord, source: Source, limits: IntakeLimits): Outcome {
  const decoded = source.decoder.decode(record.value);
  if (!decoded.ok) return refused(batch, from, record, source, decoded.fault, decoded.schemaId);
  source.decoded.add(decoded.schemaId);
  const parsed = parseEvent(source.kind, decoded.record, limits);
  if (!parsed.ok) return refused(batch, from, record, source, parsed.fault, decoded.schemaId);
  const { event } = parsed;
  if (event.occurredAt < limits.oldest) {
    addLate(batch, from, record, limits.oldest - event.occurredAt);
    return 'late';
  }
  addRow(batch, event, { ...from, offset: Number(record.offset), timestamp: Number(record.timestamp) });
  return 'stored';
}

/** The fast lane, for what is plainly valid. */
function hurry(batch: StoreBatch, place: Place, cursor: RecordCursor, source: Source, limits: IntakeLimits): boolean {
  const { bytes, valueStart, valueEnd } = cursor;
  const schemaId = schemaIdAt(bytes, valueStart, valueEnd);
  if (schemaId === null || valueEnd - valueStart > MAX_EVENT_BYTES) return false;
  const readPayload = source.decoder.payloadReader(schemaId);
  if (readPayload === null) return false;
  const { lane } = source;
  if (!lane.take(bytes, valueStart, valueEnd, readPayload, limits, batch.block, place)) return false;
  touch(batch.touched, lane.tenant, lane.feature, lane.occurredAt);
  source.decoded.add(schemaId);
  return true;
}

/** The schema id of the value that the cursor is at, or null where it has none. */
export const schemaIdOf = ({ bytes, valueStart, valueEnd }: RecordCursor): number | null => schemaIdAt(bytes, valueStart, valueEnd);

/**
 * Takes the record that the cursor is at, whatever is in it. Its partition's position in the batch is the caller's business.
 * The value's schema id must be prepared.
 */
export function take(batch: StoreBatch, from: TopicPartition, cursor: RecordCursor, source: Source, limits: IntakeLimits): Outcome {
  const place = { topic: from.topic, partition: from.partition, offset: cursor.offset, timestamp: cursor.timestamp };
  batch.bytes += cursor.keyEnd - cursor.keyStart + (cursor.valueEnd - cursor.valueStart);
  try {
    return whole(batch, () => hurry(batch, place, cursor, source, limits)) ? 'stored' : admit(batch, from, cursor.record(), source, limits);
  } catch (error) {
    const fault: Fault = { reason: 'processing_error', message: String((error as Error).message ?? error) };
    return refused(batch, from, cursor.record(), source, fault, null);
  }
}
