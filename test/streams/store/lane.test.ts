/** The fast lane against the ordinary road: what it takes, it must store as the same row; what it does not take, it must leave untouched. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avroType, encoderOf, ownSchemaText } from '../../../src/adapters/registry/avro.ts';
import { createDecoder } from '../../../src/adapters/registry/decoder.ts';
import { type EventKind, eventKinds, featureOfKind } from '../../../src/domain/event.ts';
import { framedSchemaId } from '../../../src/domain/frame.ts';
import { parseEvent } from '../../../src/domain/validate.ts';
import type { Decoder } from '../../../src/runtime/codec.ts';
import { Lane } from '../../../streams/store/lane.ts';
import { type EventBlock, nativeRows, newEventBlock, type Place, rowsOf, truncate, writeEvent } from '../../../streams/store/row.ts';
import { NOW, validRecord } from '../../support/events.ts';
import { hostileInputs } from '../../support/hostile.ts';

const FIRST_ID = 100;
const limits = { now: NOW, maxFutureMs: 300_000, oldest: NOW - 90 * 86_400_000 };
const place: Place = { topic: 't.impact-events', partition: 3, offset: 12_345_678_901, timestamp: NOW };

const texts = new Map(eventKinds.map((kind, index) => [FIRST_ID + index, ownSchemaText(kind)]));
const writers = { peek: (id: number) => texts.get(id) ?? null, load: async () => {} };
const idOf = (kind: EventKind): number => FIRST_ID + eventKinds.indexOf(kind);
const encoders = Object.fromEntries(
  eventKinds.map((kind) => [kind, encoderOf(avroType(ownSchemaText(kind)), idOf(kind))]),
) as never as Record<EventKind, (record: object) => Buffer>;
const decoders = Object.fromEntries(eventKinds.map((kind) => [kind, createDecoder(ownSchemaText(kind), writers)])) as Record<
  EventKind,
  Decoder
>;
const lanes = Object.fromEntries(eventKinds.map((kind) => [kind, new Lane(kind)])) as Record<EventKind, Lane>;
const [fast, ordinary] = [newEventBlock(), newEventBlock()];

const bytesOf = (block: EventBlock): string => Buffer.concat(nativeRows(block, 0, rowsOf(block))).toString('hex');

/** The value stands between other bytes, as in a record. */
function takes(kind: EventKind, value: Buffer): boolean {
  const readPayload = framedSchemaId(value) === idOf(kind) ? decoders[kind].payloadReader(idOf(kind)) : null;
  const bytes = Buffer.concat([Buffer.from([1, 2, 3]), value, Buffer.alloc(40, 2)]);
  return readPayload !== null && lanes[kind].take(bytes, 3, 3 + value.length, readPayload, limits, fast, place);
}

/** @returns why the ordinary road does not store it, or null when it wrote the row */
function ordinarily(kind: EventKind, value: Buffer): string | null {
  const decoded = decoders[kind].decode(value);
  if (!decoded.ok) return decoded.fault.reason;
  const parsed = parseEvent(kind, decoded.record, limits);
  if (!parsed.ok) return parsed.fault.reason;
  if (parsed.event.occurredAt < limits.oldest) return 'late';
  writeEvent(ordinary, parsed.event, place);
  return null;
}

function compare(kind: EventKind, value: Buffer): boolean {
  truncate(fast, 0);
  truncate(ordinary, 0);
  const taken = takes(kind, value);
  if (!taken) expect([rowsOf(fast), fast.metric.rows, fast.attribute.name.rows]).toEqual([0, 0, 0]);
  else {
    expect(ordinarily(kind, value)).toBeNull();
    expect(bytesOf(fast)).toBe(bytesOf(ordinary));
  }
  return taken;
}

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,40}$/);
const anyText = fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.string({ maxLength: 90, unit: 'grapheme' }) });
const envelope = fc.record({
  eventId: fc.uuid().map((id) => (id < '8' ? id.toUpperCase() : id)),
  revision: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 63, 64) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  retracted: fc.boolean(),
  source: anyText,
  occurredAt: fc.integer({ min: NOW - 100 * 86_400_000, max: NOW + 400_000 }),
  tenantId: anyText,
  userId: fc.option(anyText),
  entityId: fc.option(anyText),
  variant: fc.option(anyText),
});
const kinds = fc.constantFrom(...eventKinds);
const featureOf = (kind: EventKind): string => featureOfKind[kind] ?? 'some_feature';

describe('the fast lane', () => {
  it.each(eventKinds)('takes a plain event of kind %s and writes the row that the ordinary road writes', (kind) => {
    const record = validRecord(kind, { occurredAt: NOW - 1000, tenantId: 'acme', userId: 'user-7', variant: 'treatment', entityId: null });
    expect(compare(kind, encoders[kind](record))).toBe(true);
  });

  it('writes the same row as the ordinary road for whatever it takes, and nothing for what it leaves', () => {
    let taken = 0;
    fc.assert(
      fc.property(kinds, envelope, fc.option(word), (kind, head, feature) => {
        const record = validRecord(kind, { ...head, featureId: feature ?? featureOf(kind) });
        taken += Number(compare(kind, encoders[kind](record)));
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('is not deceived by ten thousand hostile inputs', () => {
    for (const { kind, value, what } of hostileInputs(10_000, { seed: 11, now: NOW, retentionRawDays: 90, encoders }))
      if (value !== null) expect(() => compare(kind, value), what).not.toThrow();
  });

  it('is not deceived by events with a byte changed, cut off or added', () => {
    const change = fc.record({ at: fc.nat(400), byte: fc.nat(255), how: fc.constantFrom('replace', 'cut', 'insert') });
    fc.assert(
      fc.property(kinds, change, (kind, { at, byte, how }) => {
        const value = encoders[kind](validRecord(kind, { occurredAt: NOW - 1000 }));
        const cut = 5 + (at % (value.length - 5));
        const after = { replace: value.subarray(cut + 1), cut: Buffer.alloc(0), insert: value.subarray(cut) }[how];
        compare(kind, Buffer.concat([value.subarray(0, cut), ...(how === 'cut' ? [] : [Buffer.from([byte])]), after]));
      }),
      { numRuns: 5000 },
    );
  });

  it('has no payload reader for a writer schema that is laid out otherwise', () => {
    const other = JSON.stringify({
      ...JSON.parse(ownSchemaText('ai-coaching')),
      fields: JSON.parse(ownSchemaText('ai-coaching')).fields.toReversed(),
    });
    const decoder = createDecoder(ownSchemaText('ai-coaching'), { peek: () => other, load: async () => {} });
    expect(decoder.payloadReader(1)).toBeNull();
  });
});
