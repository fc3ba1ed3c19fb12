/** Records as bytes and back, as the stages see it; `adapters/registry.ts` makes these. */
import type { Fault } from '../domain/event.ts';
import type { SchemaName } from '../domain/schema.ts';

export type Encoder = (record: object) => Buffer;

export type Decoded =
  | { ok: true; record: Record<string, unknown>; schemaId: number }
  | { ok: false; fault: Fault; schemaId: number | null };

/**
 * What follows the envelope (the fields that every event has) in a record, read from the bytes between two positions; null where they are not
 * exactly that.
 */
export type PayloadReader = (bytes: Buffer, from: number, to: number) => Record<string, unknown> | null;

export type Decoder = {
  /**
   * Fetches the writer schemas of these values that are not known yet. Call it before `decode` for every batch.
   * An id that the registry does not know is remembered as poison for a while.
   * @throws ImpactError `unavailable` when the registry cannot be asked: wait and call again, nothing is wrong with the values
   */
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  /** Synchronous, and never throws for what is in the bytes. Throws Error when `prepare` has not seen the value's schema id. */
  decode(value: Buffer | null): Decoded;
  /** Whether `decode` may be called for values of this schema id. */
  isPrepared(schemaId: number): boolean;
  /** For a prepared schema id: how to read the payload, if its records begin with the envelope as our own schema has it; else null. */
  payloadReader(schemaId: number): PayloadReader | null;
};

export type Registry = {
  /** Registers every schema that there is, BACKWARD compatible, waiting out an outage. @throws ImpactError `conflict` when one is refused */
  registerAll(signal?: AbortSignal): Promise<void>;
  /** @throws ImpactError `unavailable` when the registry cannot be asked and the schema's id is not known yet */
  encoder(schema: SchemaName): Promise<Encoder>;
  decoder(schema: SchemaName): Decoder;
};
