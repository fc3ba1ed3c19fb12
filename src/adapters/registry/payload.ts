/** Reads what an event carries beside its envelope, for whoever reads the envelope's bytes by himself. */
import { type AvroShape, createSkim } from '../../domain/skim.ts';
import type { PayloadReader } from '../../runtime/codec.ts';
import { avroType } from './avro.ts';

type Field = { name: string; type: unknown };
type RecordSchema = { type: string; name: string; fields: Field[] };

const optionalText = ['null', 'string'];

/** With these fields, in this order, every event's record begins. */
const envelope: readonly Field[] = [
  { name: 'eventId', type: 'string' },
  { name: 'revision', type: 'int' },
  { name: 'retracted', type: 'boolean' },
  { name: 'source', type: 'string' },
  { name: 'occurredAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'tenantId', type: 'string' },
  { name: 'userId', type: optionalText },
  { name: 'entityId', type: optionalText },
  { name: 'featureId', type: 'string' },
  { name: 'variant', type: optionalText },
];

/** What decides how bytes are laid out and read; documentation and defaults do not. */
const layout = (schemaText: string): unknown =>
  JSON.parse(schemaText, (key, value) => (key === 'doc' || key === 'default' || key === 'aliases' ? undefined : value));

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether records of both schemas are the same bytes for the same values. It may say no where they are. */
export const sameLayout = (one: string, other: string): boolean => isSame(layout(one), layout(other));

/** @returns null where records of the schema do not begin with the envelope */
export function payloadReader(schemaText: string): PayloadReader | null {
  const schema = layout(schemaText) as RecordSchema;
  if (schema.type !== 'record' || !isSame(schema.fields.slice(0, envelope.length), envelope)) return null;
  const type = avroType(JSON.stringify({ ...schema, fields: schema.fields.slice(envelope.length) }));
  const skim = createSkim(type as unknown as AvroShape);
  return (bytes, from, to) => {
    try {
      skim?.(bytes, from);
      const { value, offset } = type.decode(bytes, from);
      // What read on into the bytes of the next record did not end where it should.
      return offset === to ? (value as Record<string, unknown>) : null;
    } catch {
      return null;
    }
  };
}
