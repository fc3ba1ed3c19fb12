/** Ten thousand hostile inputs against the door: decoding and validation say of each just what its recipe expects. */
import { describe, expect, it } from 'vitest';
import { avroType, encoderOf, ownSchemaText } from '../../src/adapters/registry/avro.ts';
import { createDecoder } from '../../src/adapters/registry/decoder.ts';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import type { Decoder, Encoder } from '../../src/runtime/codec.ts';
import { NOW } from '../support/events.ts';
import { type HostileInput, hostileInputs } from '../support/hostile.ts';

const FIRST_ID = 100;
const limits = { now: NOW, maxFutureMs: 300_000 };
const RETENTION_DAYS = 90;

/** Ids as a registry would give them. */
const texts = new Map(eventKinds.map((kind, index) => [FIRST_ID + index, ownSchemaText(kind)]));
const writers = { peek: (id: number) => texts.get(id) ?? null, load: async () => {} };
const each = <T>(make: (kind: EventKind, id: number) => T) =>
  Object.fromEntries(eventKinds.map((kind, index) => [kind, make(kind, FIRST_ID + index)])) as Record<EventKind, T>;
const encoders: Record<EventKind, Encoder> = each((kind, id) => encoderOf(avroType(ownSchemaText(kind)), id));
const decoders: Record<EventKind, Decoder> = each((kind) => createDecoder(ownSchemaText(kind), writers));

function outcomeOf({ kind, value }: Pick<HostileInput, 'kind' | 'value'>): string {
  const decoded = decoders[kind].decode(value);
  if (!decoded.ok) return decoded.fault.reason;
  const parsed = parseEvent(kind, decoded.record, limits);
  if (!parsed.ok) return parsed.fault.reason;
  return parsed.event.occurredAt < NOW - RETENTION_DAYS * 86_400_000 ? 'late' : 'stored';
}

const inputs = hostileInputs(10_000, { seed: 7, now: NOW, retentionRawDays: RETENTION_DAYS, encoders });

describe('ten thousand hostile inputs', () => {
  it('are each what their recipe says, and none takes long', () => {
    const before = performance.now();
    const wrong = inputs
      .filter((input) => outcomeOf(input) !== input.expected)
      .map((input) => `${input.what}: ${outcomeOf(input)}, expected ${input.expected}`);
    expect([...new Set(wrong)]).toEqual([]);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('cover every way into the dead-letter topic that bytes alone can take', () => {
    const seen = new Set(inputs.map(({ expected }) => expected));
    const bytesAlone = ['not_avro_framed', 'unknown_schema_id', 'schema_mismatch', 'avro_decode_failed', 'oversized'];
    const fields = ['invalid_field', 'value_out_of_range', 'time_out_of_range', 'unknown_feature'];
    expect([...seen].sort()).toEqual([...bytesAlone, ...fields, 'stored', 'late'].sort());
  });

  it('are the same for the same seed, with ids of their own in each run', () => {
    const again = hostileInputs(10_000, { seed: 7, now: NOW, retentionRawDays: RETENTION_DAYS, encoders });
    expect(again.map(({ what, expected, key }) => [what, expected, key])).toEqual(
      inputs.map(({ what, expected, key }) => [what, expected, key]),
    );
    expect(new Set([...inputs, ...again].map(({ eventId }) => eventId)).size).toBe(20_000);
  });

  it('with any byte changed, any bytes cut or added, never make the door throw or hang', () => {
    const before = performance.now();
    for (const [index, { kind, value }] of inputs.entries()) {
      if (value === null || value.length > 10_000) continue;
      const changed = Buffer.from(value);
      const at = (index * 7919) % Math.max(1, changed.length);
      changed[at] = ((changed[at] ?? 0) + 1 + index) & 0xff;
      expect(outcomeOf({ kind, value: changed })).toMatch(/^[a-z_]+$/);
      expect(outcomeOf({ kind, value: changed.subarray(0, at) })).toMatch(/^[a-z_]+$/);
    }
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
