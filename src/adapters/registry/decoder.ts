/** Framed bytes -> record, synchronously, through one cached resolver for each (writer id, reader type). */
import type { Resolver, Type } from 'avsc';
import type { DeadLetterReason, Fault } from '../../domain/event.ts';
import { FRAME_BYTES, framedSchemaId, MAX_EVENT_BYTES } from '../../domain/frame.ts';
import { type AvroShape, createSkim, type Skim } from '../../domain/skim.ts';
import { standsFor } from '../../domain/unreadable.ts';
import type { Decoded, Decoder, PayloadReader } from '../../runtime/codec.ts';
import { avroType } from './avro.ts';
import { payloadReader, sameLayout } from './payload.ts';
import type { WriterSchemas } from './writers.ts';

/** How records of one writer schema are read as ours. */
type Reading = { resolver: Resolver; skim: Skim | null; payload: PayloadReader | null };

const fault = (reason: DeadLetterReason, message: string): Fault => ({ reason, message });
const refused = (schemaId: number | null, what: Fault): Decoded => ({ ok: false, fault: what, schemaId });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);

function notFramed(value: Buffer | null): Fault {
  if (value === null || value.length === 0)
    return fault('not_avro_framed', 'the value is empty, expected a zero byte, a schema id and Avro');
  const unread = standsFor(value);
  if (unread !== null) return fault('unreadable_batch', unread);
  if (value.length < FRAME_BYTES) return fault('not_avro_framed', `${value.length} bytes, expected at least ${FRAME_BYTES}`);
  return fault('not_avro_framed', `the first byte is ${value[0]}, expected 0 and then the schema id in four bytes`);
}

function readingOf(readerType: Type, ownText: string, writerText: string): Reading | Fault {
  try {
    const writer = avroType(writerText);
    const payload = sameLayout(ownText, writerText) ? payloadReader(ownText) : null;
    return { resolver: readerType.createResolver(writer), skim: createSkim(writer as unknown as AvroShape), payload };
  } catch (error) {
    return fault('schema_mismatch', `the schema cannot be read as ${readerType.name}: ${messageOf(error)}`);
  }
}

/** Throws on bytes that are cut off, too many, or not what the writer schema says. */
function read(readerType: Type, { resolver, skim }: Reading, value: Buffer): Record<string, unknown> {
  skim?.(value, FRAME_BYTES);
  const { value: record, offset } = readerType.decode(value, FRAME_BYTES, resolver);
  if (offset < 0) throw new RangeError('the bytes end within the record');
  if (offset !== value.length) throw new RangeError(`${value.length - offset} bytes are left over after the record`);
  return record as Record<string, unknown>;
}

function* unknownIds(values: Iterable<Buffer | null>, known: (id: number) => boolean): Generator<number> {
  for (const value of values) {
    const id = value === null ? null : framedSchemaId(value);
    if (id !== null && !known(id)) yield id;
  }
}

/** A decoder of one reader type; several share the writer schemas. */
export function createDecoder(ownText: string, writers: WriterSchemas): Decoder {
  const readerType = avroType(ownText);
  const readings = new Map<number, Reading | Fault>();
  let [recentId, recent]: [number, Reading | null] = [-1, null];
  const readingFor = (id: number): Reading | Fault => {
    const known = readings.get(id);
    if (known) return known;
    const text = writers.peek(id);
    if (text === undefined) throw new Error(`decode before prepare: schema id ${id}`);
    // Not kept, because an unknown id may become known.
    if (text === null) return fault('unknown_schema_id', `the registry knows no Avro schema with the id ${id}`);
    const made = readingOf(readerType, ownText, text);
    readings.set(id, made);
    return made;
  };
  return {
    isPrepared: (id) => readings.has(id),
    payloadReader(id) {
      const reading = id === recentId && recent ? recent : readingFor(id);
      if ('reason' in reading) return null;
      [recentId, recent] = [id, reading];
      return reading.payload;
    },
    prepare: (values) => writers.load(unknownIds(values, (id) => readings.has(id))),
    decode(value) {
      const id = value === null ? null : framedSchemaId(value);
      if (value === null || id === null) return refused(null, notFramed(value));
      if (value.length > MAX_EVENT_BYTES)
        return refused(id, fault('oversized', `${value.length} bytes, at most ${MAX_EVENT_BYTES} are read`));
      const reading = id === recentId && recent ? recent : readingFor(id);
      if ('reason' in reading) return refused(id, reading);
      [recentId, recent] = [id, reading];
      try {
        return { ok: true, record: read(readerType, reading, value), schemaId: id };
      } catch (error) {
        return refused(id, fault('avro_decode_failed', messageOf(error)));
      }
    },
  };
}
