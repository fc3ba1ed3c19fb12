/** Records as JSON instead of Avro, for processors that are driven without Kafka and a registry. */
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import type { Decoder, Encoder } from '../../src/runtime/codec.ts';

export const encode: Encoder = (record) => Buffer.from(JSON.stringify(record));
export const decoder: Decoder = {
  async prepare() {},
  isPrepared: () => true,
  payloadReader: () => null,
  decode: (value) => {
    try {
      return { ok: true, record: JSON.parse(String(value)) as Record<string, unknown>, schemaId: 1 };
    } catch {
      return { ok: false, fault: { reason: 'avro_decode_failed', message: 'not JSON' }, schemaId: 1 };
    }
  },
};
export const decoders = Object.fromEntries(eventKinds.map((kind) => [kind, decoder])) as Record<EventKind, Decoder>;
