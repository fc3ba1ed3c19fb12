import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../src/adapters/registry.ts';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { framedSchemaId, writeFrame } from '../../src/domain/frame.ts';
import { subjectOf } from '../../src/domain/schema.ts';
import { standIn } from '../../src/domain/unreadable.ts';
import type { Log } from '../../src/runtime/log.ts';
import { testConfig } from '../support/config.ts';
import { validRecord } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { openRegistryRelay, type RegistryRelay } from '../support/registry-relay.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const config = testConfig();
const unknown = (id: number): Buffer => {
  const bytes = Buffer.alloc(20);
  writeFrame(bytes, id);
  return bytes;
};

let relay: RegistryRelay;
let clock = 1_000_000;
const connect = () => createRegistry({ ...config, registryUrl: relay.url }, silent, () => clock);

beforeAll(async () => {
  relay = await openRegistryRelay(config.registryUrl);
  await connect().registerAll();
});
afterAll(() => relay.close());

async function decoded(kind: EventKind, value: Buffer | null) {
  const decoder = connect().decoder(kind);
  await decoder.prepare([value]);
  return decoder.decode(value);
}

describe('the registry', () => {
  it.each(eventKinds)('carries a %s there and back unchanged', async (kind) => {
    const encode = await connect().encoder(kind);
    const answer = await decoded(kind, encode(validRecord(kind)));
    expect(answer.ok && { ...answer.record }).toEqual(validRecord(kind));
  });

  it('holds every subject to backward compatibility', async () => {
    for (const kind of eventKinds) {
      const answer = await fetch(`${config.registryUrl}/config/${subjectOf(config.namespace, kind)}`);
      expect(await answer.json()).toMatchObject({ compatibilityLevel: 'BACKWARD' });
    }
  });

  it('speaks the wire format of others: an independent producer’s bytes are read', async () => {
    const theirs = new SchemaRegistry({ host: config.registryUrl });
    const id = await theirs.getLatestSchemaId(subjectOf(config.namespace, 'lead-intelligence'));
    const answer = await decoded('lead-intelligence', await theirs.encode(id, validRecord('lead-intelligence')));
    expect(answer.ok && { ...answer.record }).toEqual(validRecord('lead-intelligence'));
  });

  it('encodes a record that is larger than its scratch space', async () => {
    const encode = await connect().encoder('custom-metrics');
    const record = validRecord('custom-metrics', { attributes: { long: 'x'.repeat(200_000) } });
    const answer = await decoded('custom-metrics', encode(record));
    expect(answer.ok && { ...answer.record }).toEqual(record);
  });

  it('fills fields that an older writer did not have, and ignores those that only a newer one has', async () => {
    const theirs = new SchemaRegistry({ host: config.registryUrl });
    const own = (name: string, type: object | string) => ({ name, type });
    const fields = [
      own('eventId', 'string'),
      own('newestThing', { type: 'array', items: 'string' }),
      own('source', 'string'),
      own('occurredAt', { type: 'long', logicalType: 'timestamp-millis' }),
      own('tenantId', 'string'),
      own('featureId', 'string'),
      own('sessionDurationMinutes', 'double'),
      own('productivityScore', 'double'),
    ];
    const schema = { type: 'record', name: 'CoachingSession', namespace: 'io.impactstream.events', fields };
    const { id } = await theirs.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
      { subject: `${config.namespace}.other` },
    );
    const record = { ...validRecord('ai-coaching'), newestThing: ['a', 'b'] };
    const answer = await decoded('ai-coaching', await theirs.encode(id, record));
    expect(answer.ok && { ...answer.record }).toEqual(validRecord('ai-coaching', { userId: null, entityId: null, variant: null }));
  });

  const framed = async (kind: EventKind, change: (bytes: Buffer) => Buffer): Promise<Buffer> =>
    change((await connect().encoder(kind))(validRecord(kind)));

  it.each<[string, string, (bytes: Buffer) => Buffer | null]>([
    ['a tombstone', 'not_avro_framed', () => null],
    ['no bytes', 'not_avro_framed', () => Buffer.alloc(0)],
    ['a wrong magic byte', 'not_avro_framed', (bytes) => Buffer.concat([Buffer.from([1]), bytes.subarray(1)])],
    ['JSON', 'not_avro_framed', () => Buffer.from('{"eventId":1}')],
    ['what stands in for a batch', 'unreadable_batch', () => Buffer.from(standIn('too large'))],
    ['four bytes', 'not_avro_framed', (bytes) => bytes.subarray(0, 4)],
    ['an id nobody registered', 'unknown_schema_id', () => unknown(0x7fffffff)],
    ['an id that no registry can have', 'unknown_schema_id', () => unknown(0xffffffff)],
    ['a record cut off', 'avro_decode_failed', (bytes) => bytes.subarray(0, -3)],
    ['bytes left over', 'avro_decode_failed', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
    ['a union branch that does not exist', 'avro_decode_failed', (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([40])])],
    ['more than a mebibyte', 'oversized', (bytes) => Buffer.concat([bytes, Buffer.alloc(1_048_576)])],
  ])('answers %s with %s', async (_, reason, change) => {
    const value = change(await framed('lead-intelligence', (bytes) => bytes));
    const answer = await decoded('lead-intelligence', value);
    expect(answer).toMatchObject({ ok: false, fault: { reason } });
  });

  it('does not read one kind of event as another', async () => {
    const lead = await framed('lead-intelligence', (bytes) => bytes);
    expect(await decoded('ai-coaching', lead)).toMatchObject({
      ok: false,
      schemaId: framedSchemaId(lead),
      fault: { reason: 'schema_mismatch' },
    });
  });

  it('does not loop over a map that claims quadrillions of entries', async () => {
    const claim = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    const bytes = await framed('custom-metrics', (whole) => whole);
    const withoutMap = bytes.subarray(0, bytes.length - Buffer.from('\x02\nevent\fsignup\0').length);
    const before = performance.now();
    expect(await decoded('custom-metrics', Buffer.concat([withoutMap, claim]))).toMatchObject({ fault: { reason: 'avro_decode_failed' } });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('asks for each schema once, and for an unknown id again only after a minute', async () => {
    const decoder = connect().decoder('lead-intelligence');
    const batch = [await framed('lead-intelligence', (bytes) => bytes), unknown(987_654), unknown(987_654), unknown(987_655)];
    const before = relay.asked.length;
    for (let i = 0; i < 5; i++) await decoder.prepare(batch);
    expect(relay.asked.length - before).toBe(3);
    clock += 60_001;
    await decoder.prepare(batch);
    expect(relay.asked.length - before).toBe(5);
  });

  it.each(['cut', 500, 404] as const)('takes an outage (%s) for an outage, never for poison', async (how) => {
    const value = await framed('lead-intelligence', (bytes) => bytes);
    const decoder = connect().decoder('lead-intelligence');
    relay.fail(how);
    try {
      await expect(decoder.prepare([value])).rejects.toMatchObject({ code: 'unavailable' });
      expect(() => decoder.decode(value)).toThrow('decode before prepare');
    } finally {
      relay.restore();
    }
    await decoder.prepare([value]);
    expect(decoder.decode(value).ok).toBe(true);
  });

  it('goes on encoding and decoding what it knows while the registry is away', async () => {
    const registry = connect();
    const [encode, decoder] = [await registry.encoder('ai-coaching'), registry.decoder('ai-coaching')];
    await decoder.prepare([encode(validRecord('ai-coaching'))]);
    relay.fail('cut');
    try {
      const value = (await registry.encoder('ai-coaching'))(validRecord('ai-coaching'));
      await decoder.prepare([value]);
      expect(decoder.decode(value).ok).toBe(true);
    } finally {
      relay.restore();
    }
  });

  it('waits out an outage at start, and can be told to stop waiting', async () => {
    relay.fail('cut');
    const [before, stop] = [relay.asked.length, new AbortController()];
    const [patient, stopped] = [connect().registerAll(), connect().registerAll(stop.signal)];
    stop.abort();
    await expect(stopped).rejects.toThrow(/abort/i);
    await eventually(() => expect(relay.asked.length - before).toBeGreaterThan(2));
    relay.restore();
    await patient;
  });

  it('says that a schema is refused, instead of trying for ever', async () => {
    const subject = subjectOf(config.namespace, 'churn-prevention');
    const answer = await fetch(`${config.registryUrl}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({
        schema: JSON.stringify({
          type: 'record',
          name: 'ChurnIntervention',
          namespace: 'io.impactstream.events',
          fields: [{ name: 'x', type: 'string' }],
        }),
      }),
    });
    expect(answer.status).toBe(409);
  });
});
