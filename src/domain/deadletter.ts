/** What travels with a record that could not be used: original key, value and headers, and ours that say where it came from and why. */
import type { Fault } from './event.ts';

/** Where the record stood. `timestamp` is the record's own, milliseconds since 1970. */
export type Origin = { topic: string; partition: number; offset: string; timestamp: string };
export type HeaderValue = string | Buffer;
type OriginalHeaders = Record<string, HeaderValue | HeaderValue[] | undefined>;

/** A header may come several times; the last one counts, as it does for most readers. */
function single(headers: OriginalHeaders): Record<string, HeaderValue> {
  const kept: Record<string, HeaderValue> = {};
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) kept[name] = last;
  }
  return kept;
}

/** How often the record has been dead-lettered, this time included: a redriven one carries its earlier attempts. */
function attempt(headers: Record<string, HeaderValue>): number {
  const earlier = Number(headers['dl-attempt'] ?? 0);
  return Number.isInteger(earlier) && earlier > 0 ? earlier + 1 : 1;
}

/**
 * Headers of a dead letter: the original ones, and `dl-…` of ours, which win.
 * @param step the stage and its step, for example store.decode
 * @param version of impactstream
 */
export function deadLetterHeaders(
  original: OriginalHeaders,
  origin: Origin,
  about: { fault: Fault; step: string; schemaId: number | null; version: string },
): Record<string, HeaderValue> {
  const headers = single(original);
  const { fault } = about;
  return {
    ...headers,
    'dl-reason': fault.reason,
    'dl-message': fault.message,
    ...(fault.field === undefined ? {} : { 'dl-field': fault.field }),
    'dl-step': about.step,
    'dl-topic': origin.topic,
    'dl-partition': String(origin.partition),
    'dl-offset': origin.offset,
    'dl-timestamp': origin.timestamp,
    ...(about.schemaId === null ? {} : { 'dl-schema-id': String(about.schemaId) }),
    'dl-version': about.version,
    'dl-attempt': String(attempt(headers)),
  };
}

/**
 * Headers of an event that came too late for a stage: the original ones, and `late-…` of ours.
 * @param lateByMs how far behind the limit it was
 */
export function lateHeaders(
  original: OriginalHeaders,
  origin: Origin,
  about: { stage: string; lateByMs: number; version: string },
): Record<string, HeaderValue> {
  return {
    ...single(original),
    'late-stage': about.stage,
    'late-by-ms': String(Math.round(about.lateByMs)),
    'late-topic': origin.topic,
    'late-partition': String(origin.partition),
    'late-offset': origin.offset,
    'late-timestamp': origin.timestamp,
    'late-version': about.version,
  };
}
