/** Seeded hostile inputs, each with what must become of it. The recipes are the ways in which producers have been seen, or may wish, to break a pipeline. */
import { randomUUID } from 'node:crypto';
import { type DeadLetterReason, type EventKind, eventKinds } from '../../src/domain/event.ts';
import { type Random, randomFor } from '../../src/domain/generate/random.ts';
import type { Encoder } from '../../src/runtime/codec.ts';
import { validRecord } from './events.ts';

export type HostileInput = {
  what: string;
  kind: EventKind;
  key: string | null;
  value: Buffer | null;
  /** `stored`, `late`, or the reason of its dead letter. */
  expected: 'stored' | 'late' | DeadLetterReason;
  /** Of what is to be stored or late; no two inputs share one. */
  eventId: string;
};

export type HostileWorld = {
  seed: number;
  /** Milliseconds since 1970; valid events are of the hour before. */
  now: number;
  retentionRawDays: number;
  encoders: Record<EventKind, Encoder>;
};

type Context = { random: Random; world: HostileWorld; kind: EventKind; eventId: string };
type Made = { what: string; value: Buffer | null; expected: HostileInput['expected']; kind?: EventKind };
type Recipe = (context: Context) => Made;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HEADER_BYTES = 5;

const below = (random: Random, limit: number): number => Math.floor(random.unit() * limit);
const pick = <T>(random: Random, choices: readonly T[]): T => choices[below(random, choices.length)] as T;
const randomBytes = (random: Random, length: number): Buffer => Buffer.from(Array.from({ length }, () => random.bits() & 0xff));

/** The bytes of a record of this input's own id and time, with some fields replaced. */
function encoded({ world, kind, eventId, random }: Context, changes: Record<string, unknown> = {}, of: EventKind = kind): Buffer {
  const occurredAt = world.now - below(random, HOUR_MS);
  return world.encoders[of](validRecord(of, { eventId, occurredAt, tenantId: `tenant_${below(random, 3)}`, ...changes }));
}

/** The same with the last bytes replaced: the last field of every schema is a nullable one or a map, so its last byte is a lone 0 when unset. */
const withTail = (bytes: Buffer, tail: readonly number[]): Buffer => Buffer.concat([bytes.subarray(0, -1), Buffer.from(tail)]);

const fromBytes =
  (what: string, expected: Made['expected'], make: (context: Context) => Buffer | null): Recipe =>
  (context) => ({
    what,
    expected,
    value: make(context),
  });

/** A record of one kind with one field replaced. */
const fromField =
  (kind: EventKind, field: string, values: readonly unknown[], expected: Made['expected']): Recipe =>
  (context) => {
    const value = pick(context.random, values);
    const shown = typeof value === 'string' && value.length > 40 ? `${value.length} characters` : String(value);
    return { what: `${kind} with ${field} = ${shown}`, kind, expected, value: encoded(context, { [field]: value }, kind) };
  };

const notNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const badIds = ['', 'x'.repeat(257), 'x'.repeat(5_000), 'a\0b', 'line\nbreak', '\u007f', 'broken \uFFFD'];
const strangeIds = [
  "'; DROP TABLE events; --",
  '{tenant:String}',
  'a"b\\c',
  '🏠'.repeat(64),
  '‮rtl',
  ' ',
  'NaN',
  'null',
  '%00',
  '../..',
  'x'.repeat(256),
];

const framing: Recipe[] = [
  fromBytes('random bytes', 'not_avro_framed', ({ random }) =>
    Buffer.concat([Buffer.from([1 + below(random, 255)]), randomBytes(random, below(random, 300))]),
  ),
  fromBytes('a wrong magic byte', 'not_avro_framed', (context) =>
    Buffer.concat([Buffer.from([1 + below(context.random, 255)]), encoded(context).subarray(1)]),
  ),
  fromBytes('no value', 'not_avro_framed', ({ random }) => pick(random, [null, Buffer.alloc(0), Buffer.alloc(4)])),
  fromBytes('JSON', 'not_avro_framed', ({ eventId }) => Buffer.from(JSON.stringify({ eventId, responseTimeSeconds: 1 }))),
  fromBytes('a schema id that nobody registered', 'unknown_schema_id', ({ random }) => {
    const header = Buffer.from([0, 0, 0, 0, 0]);
    // Few different ones, since each is a question to the registry.
    header.writeUInt32BE(pick(random, [0, 0x7fff_ff00, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]), 1);
    return Buffer.concat([header, randomBytes(random, below(random, 200))]);
  }),
  (context) => {
    const other = pick(
      context.random,
      eventKinds.filter((one) => one !== context.kind),
    );
    return { what: `${other} on the topic of ${context.kind}`, expected: 'schema_mismatch', value: encoded(context, {}, other) };
  },
];

const avro: Recipe[] = [
  fromBytes('a record cut off', 'avro_decode_failed', (context) => {
    const bytes = encoded(context);
    return bytes.subarray(0, HEADER_BYTES + below(context.random, bytes.length - HEADER_BYTES));
  }),
  fromBytes('bytes left over', 'avro_decode_failed', (context) =>
    Buffer.concat([encoded(context), randomBytes(context.random, 1 + below(context.random, 50))]),
  ),
  fromBytes('a text of negative length', 'avro_decode_failed', (context) => {
    const bytes = encoded(context);
    bytes.writeUInt8(1, HEADER_BYTES);
    return bytes;
  }),
  fromBytes('a text of two gigabytes', 'avro_decode_failed', (context) => {
    const bytes = encoded(context);
    return Buffer.concat([bytes.subarray(0, HEADER_BYTES), Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]), bytes.subarray(HEADER_BYTES + 1)]);
  }),
  fromBytes('a length that never ends', 'avro_decode_failed', (context) =>
    Buffer.concat([encoded(context).subarray(0, HEADER_BYTES), Buffer.alloc(30, 0xff)]),
  ),
  (context) => ({
    what: 'a union branch that does not exist',
    kind: 'lead-intelligence',
    expected: 'avro_decode_failed',
    value: withTail(encoded(context, { agentProductivityScore: null }, 'lead-intelligence'), [pick(context.random, [4, 40, 0x7e])]),
  }),
  (context) => ({
    what: 'a map of quadrillions of entries',
    kind: 'custom-metrics',
    expected: 'avro_decode_failed',
    value: withTail(
      encoded(context, { attributes: {} }, 'custom-metrics'),
      pick(context.random, [
        [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
        [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 0],
      ]),
    ),
  }),
  (context) => {
    const bytes = encoded(context, { tenantId: 'MARKER' });
    bytes.write('\xff\xfe', bytes.indexOf('MARKER'), 'latin1');
    return { what: 'text that is not UTF-8', expected: 'invalid_field', value: bytes };
  },
];

const values: Recipe[] = [
  fromField('lead-intelligence', 'responseTimeSeconds', [...notNumbers, -1, -0.001, 1e300], 'value_out_of_range'),
  fromField('lead-intelligence', 'scoringLatencyMs', [...notNumbers, -5], 'value_out_of_range'),
  fromField('property-intelligence', 'satisfactionScore', [...notNumbers, 100.001, 101, 1e9, -1], 'value_out_of_range'),
  fromField('churn-prevention', 'interventionStage', [0, 4, -1, 2_147_483_647], 'value_out_of_range'),
  fromField('churn-prevention', 'riskScore', [...notNumbers, 1.1, -0.1], 'value_out_of_range'),
  fromField('ai-coaching', 'sessionDurationMinutes', [...notNumbers, -20], 'value_out_of_range'),
  fromField('ai-coaching', 'productivityScore', [...notNumbers, 187, -87], 'value_out_of_range'),
  fromField('request-telemetry', 'latencyMs', [...notNumbers, -41], 'value_out_of_range'),
  fromField('custom-metrics', 'value', [...notNumbers, 1.1e12, -1e300], 'value_out_of_range'),
  fromField('custom-metrics', 'valueUsd', [...notNumbers, 1e15], 'value_out_of_range'),
  fromField('operating-costs', 'amountUsd', ['-1000000000', '1000000000', '9'.repeat(30)], 'value_out_of_range'),
  fromField('ai-coaching', 'revision', [-1, 16_384, 2_147_483_647], 'value_out_of_range'),
];

const times = (kind: EventKind): Recipe[] => [
  fromField(kind, 'occurredAt', [0, -1, 1, Date.UTC(1970, 5, 1), Date.UTC(1999, 11, 31), -8_640_000_000_000_000], 'time_out_of_range'),
  fromField(kind, 'occurredAt', [Date.UTC(2100, 0, 1), Date.UTC(2999, 0, 1), 9_007_199_254_740_990], 'time_out_of_range'),
];

const ids: Recipe[] = [
  ...['tenantId', 'userId', 'entityId', 'source', 'variant'].map((field) => fromField('ai-coaching', field, badIds, 'invalid_field')),
  fromField(
    'ai-coaching',
    'eventId',
    ['', '1', 'not-a-uuid', 'x'.repeat(5_000), '0f8fad5b-d9cb-469f-a165-7086772895', '{0f8fad5b-d9cb-469f-a165-70867728950e}'],
    'invalid_field',
  ),
  fromField('custom-metrics', 'featureId', ['', 'My Feature', 'ünïcode', 'x'.repeat(65), '9lives', '*'], 'invalid_field'),
  fromField(
    'custom-metrics',
    'metric',
    ['', 'request_error', 'cost_usd', 'websocket_latency_ms', 'x'.repeat(65), 'a b', 'a-b'],
    'invalid_field',
  ),
  fromField('request-telemetry', 'service', ['', 'Web Socket', 'scoring', '💥'], 'invalid_field'),
  fromField('flag-exposures', 'rolloutStage', ['', 'BETA_10', 'beta_99', 'everyone'], 'invalid_field'),
  fromField('lead-intelligence', 'featureId', ['churn_prevention', 'time_travel', 'platform', 'constructor', 'proto'], 'unknown_feature'),
  fromField(
    'custom-metrics',
    'attributes',
    [Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v'])), { '': 'v' }, { k: 'x'.repeat(2000) }],
    'invalid_field',
  ),
];

const strangeButValid: Recipe[] = [
  ...['tenantId', 'userId', 'entityId', 'source', 'variant'].map((field) => fromField('flag-exposures', field, strangeIds, 'stored')),
  fromField('custom-metrics', 'featureId', ['never_seen_before', 'constructor', 'x'.repeat(64), 'to_string'], 'stored'),
  fromField('custom-metrics', 'value', [-1e12, 1e12, -0, 5e-324, 0.1], 'stored'),
  fromField(
    'custom-metrics',
    'attributes',
    [{}, { constructor: 'x', 'a\\"b': "'" }, Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`k${i}`, '']))],
    'stored',
  ),
  fromField('operating-costs', 'amountUsd', ['0', '0.000001', '-0.000001', '-24.50', '999999999.999999'], 'stored'),
  fromField('churn-prevention', 'revision', [0, 1, 16_383], 'stored'),
  fromField('property-intelligence', 'satisfactionScore', [0, 100], 'stored'),
  fromField('lead-intelligence', 'retracted', [true], 'stored'),
  (context) => ({ what: 'an id in capitals', expected: 'stored', value: encoded(context, { eventId: context.eventId.toUpperCase() }) }),
];

const ordinary: Recipe = (context) => ({ what: `an ordinary ${context.kind}`, expected: 'stored', value: encoded(context) });

const late: Recipe = (context) => {
  const { random, world } = context;
  const oldest = Date.UTC(2000, 0, 1);
  const youngest = world.now - (world.retentionRawDays + 2) * DAY_MS;
  const occurredAt = oldest + below(random, youngest - oldest);
  return { what: 'an event older than the raw retention', expected: 'late', value: encoded(context, { occurredAt }) };
};

const groups: readonly Recipe[][] = [framing, avro, values, eventKinds.flatMap(times), ids, strangeButValid, [ordinary], [late]];

/** Ten megabytes, and just below what is still read. They come a fixed number of times, since they are slow to send. */
const giants: readonly Recipe[] = [
  (context) => ({ what: 'an id of ten megabytes', expected: 'oversized', value: encoded(context, { tenantId: 'x'.repeat(10_000_000) }) }),
  (context) => ({
    what: 'an id of a million characters',
    expected: 'invalid_field',
    value: encoded(context, { entityId: 'x'.repeat(1_000_000) }),
  }),
  (context) => ({ what: 'two megabytes of zeros', expected: 'not_avro_framed', value: Buffer.alloc(2_000_000, 1), kind: context.kind }),
];

function uuidFrom(random: Random): string {
  const hex = randomBytes(random, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/**
 * @param count how many; three of them are giants
 * @returns the same inputs for the same seed and clock, save for the ids, which are new in each run so that runs can share a database
 */
export function hostileInputs(count: number, world: HostileWorld): HostileInput[] {
  const run = randomUUID();
  return Array.from({ length: count }, (_, index) => {
    const random = randomFor(world.seed, 'hostile', index);
    const context: Context = { random, world, kind: pick(random, eventKinds), eventId: uuidFrom(randomFor(world.seed, run, index)) };
    const recipe = giants[index - count + giants.length] ?? pick(random, pick(random, groups));
    const made = recipe(context);
    const key = random.unit() < 0.1 ? null : `tenant_${below(random, 3)}|f`;
    return { key, eventId: context.eventId, kind: context.kind, ...made };
  });
}
