import { describe, expect, it } from 'vitest';
import { avroType, encoderOf } from '../../src/adapters/registry/avro.ts';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { envelopeRules, payloadRules } from '../../src/domain/fields.ts';
import { FRAME_BYTES } from '../../src/domain/frame.ts';
import { schemaNames } from '../../src/domain/schema.ts';
import { validRecord } from '../support/events.ts';
import { currentSchemas, incompatibility, releasedSchemas } from '../support/schema-change.ts';

type Field = { name: string; type: unknown; default?: unknown };
type RecordSchema = { fields: Field[]; doc?: string };
const schemaOf = (name: string): RecordSchema => JSON.parse(currentSchemas().get(name) ?? '{"fields":[]}') as RecordSchema;

describe('the Avro schemas', () => {
  it('are one for each kind of record, and each is in a release', () => {
    expect([...currentSchemas().keys()].sort()).toEqual([...schemaNames].sort());
    expect(new Set(releasedSchemas().map(({ name }) => name))).toEqual(new Set(schemaNames));
  });

  it.each(releasedSchemas())('still read what $name of $release has written', ({ name, text }) => {
    expect(incompatibility(currentSchemas().get(name) ?? '"null"', text)).toBeNull();
  });

  it.each(releasedSchemas().filter(({ name }) => eventKinds.includes(name as EventKind)))(
    'decode a whole record that $name of $release wrote',
    ({ name, text }) => {
      const [reader, writer] = [avroType(currentSchemas().get(name) ?? '"null"'), avroType(text)];
      const bytes = encoderOf(writer, 1)(validRecord(name as EventKind));
      const { value, offset } = reader.decode(bytes, FRAME_BYTES, reader.createResolver(writer));
      expect(offset).toBe(bytes.length);
      expect(value).toMatchObject(validRecord(name as EventKind));
    },
  );

  const [lead] = releasedSchemas().filter(({ name }) => name === 'lead-intelligence');
  const change = (edit: (schema: RecordSchema) => void): string => {
    const schema = schemaOf('lead-intelligence');
    edit(schema);
    return JSON.stringify(schema);
  };
  const field = (schema: RecordSchema, name: string): Field => schema.fields.find((one) => one.name === name) as Field;

  it.each<[string, (schema: RecordSchema) => void]>([
    ['a new field without a default', (schema) => void schema.fields.push({ name: 'channel', type: 'string' })],
    ['a renamed field', (schema) => Object.assign(field(schema, 'responseTimeSeconds'), { name: 'responseTime' })],
    ['a narrower type', (schema) => Object.assign(field(schema, 'responseTimeSeconds'), { type: 'int' })],
    ['a field that may no longer be null', (schema) => Object.assign(field(schema, 'userId'), { type: 'string', default: '' })],
    ['another name of the record', (schema) => Object.assign(schema, { name: 'LeadAnswer' })],
  ])('would be refused with %s', (_, edit) => {
    expect(incompatibility(change(edit), lead?.text ?? '')).not.toBeNull();
  });

  it.each<[string, (schema: RecordSchema) => void]>([
    ['a new field with a default', (schema) => void schema.fields.push({ name: 'channel', type: ['null', 'string'], default: null })],
    ['a field that is gone', (schema) => void schema.fields.splice(schema.fields.indexOf(field(schema, 'converted')), 1)],
    [
      'a field renamed with an alias',
      (schema) => Object.assign(field(schema, 'responseTimeSeconds'), { name: 'answerSeconds', aliases: ['responseTimeSeconds'] }),
    ],
  ])('may change by %s', (_, edit) => {
    expect(incompatibility(change(edit), lead?.text ?? '')).toBeNull();
  });

  it('would be refused with another scale of money, which would change every amount', () => {
    const costs = currentSchemas().get('operating-costs') ?? '';
    expect(incompatibility(costs.replace('"scale": 6', '"scale": 2'), costs)).not.toBeNull();
  });

  it.each(eventKinds)('of %s have exactly the fields that are checked at the door', (kind) => {
    const checked = [...envelopeRules, ...payloadRules[kind]].map(([name]) => name);
    expect(
      schemaOf(kind)
        .fields.map(({ name }) => name)
        .sort(),
    ).toEqual([...checked, 'occurredAt'].sort());
  });

  it.each(eventKinds)('of %s allow null, and default to it, just where the door does', (kind) => {
    const nullable = schemaOf(kind)
      .fields.filter(({ type }) => Array.isArray(type))
      .map(({ name }) => name);
    const accepting = [...envelopeRules, ...payloadRules[kind]].filter(([, check]) => check(null) === null).map(([name]) => name);
    expect(nullable.sort()).toEqual(accepting.sort());
    for (const one of schemaOf(kind).fields) if (Array.isArray(one.type)) expect(one.default).toBeNull();
  });
});
