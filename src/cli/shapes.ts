/** The fields of each kind of event, read from the Avro schemas, for files whose cells are all text. */
import { readFileSync } from 'node:fs';
import { type EventKind, eventKinds } from '../domain/event.ts';
import type { FieldShape, KindShapes } from '../domain/eventfile.ts';

type AvroType = string | { type: string; logicalType?: string } | AvroType[];
type AvroField = { name: string; type: AvroType; default?: unknown };

const numeric = new Set(['int', 'long', 'float', 'double']);

function typeOf(type: AvroType): FieldShape['type'] {
  if (Array.isArray(type)) return typeOf(type.find((one) => one !== 'null') ?? 'string');
  const name = typeof type === 'string' ? type : type.type;
  if (numeric.has(name)) return 'number';
  return name === 'boolean' || name === 'map' ? name : 'string';
}

const shapeOf = (field: AvroField): FieldShape => ({
  type: typeOf(field.type),
  fallback: field.default,
  required: field.default === undefined,
});

function shapesOf(kind: EventKind): Record<string, FieldShape> {
  const text = readFileSync(new URL(`../../schemas/avro/${kind}.avsc`, import.meta.url), 'utf8');
  const { fields } = JSON.parse(text) as { fields: AvroField[] };
  return Object.fromEntries(fields.map((field) => [field.name, shapeOf(field)]));
}

/** Every kind's fields in the order of its schema. */
export function loadShapes(): KindShapes {
  return Object.fromEntries(eventKinds.map((kind) => [kind, shapesOf(kind)])) as KindShapes;
}
