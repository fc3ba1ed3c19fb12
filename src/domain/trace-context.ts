/**
 * The trace in which something happens, as the two texts that W3C Trace Context gives it (https://www.w3.org/TR/trace-context/, level 1):
 * the same in HTTP headers, in Kafka record headers and in the attributes of a CloudEvent.
 */

/** Both texts are valid. Spread into headers, it is them. */
export type TraceContext = { traceparent: string; tracestate?: string };

/** `traceId`: 32 hexadecimal digits. `spanId`: 16. `flags`: one byte, whose lowest bit says that the trace is recorded. */
export type SpanIdentity = { traceId: string; spanId: string; flags: number };

const SAMPLED = 1;
/** Version 00 ends after the flags; a later version may go on after another dash. */
const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const isZero = (digits: string): boolean => /^0+$/.test(digits);

/** Who and what a traceparent names; null when it is not valid, which the specification wants treated as absent. */
export function parseTraceparent(text: string): SpanIdentity | null {
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = traceparentPattern.exec(text) ?? [];
  if (version === '' || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  return isZero(traceId) || isZero(spanId) ? null : { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The traceparent, version 00. */
export function formatTraceparent({ traceId, spanId, flags }: SpanIdentity): string {
  return `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, '0')}`;
}

/** Senders must be able to pass on this much; what is longer is left behind, as the specification allows. */
const LONGEST_STATE = 512;
const MOST_MEMBERS = 32;
const printable = /^[\x20-\x7e]+$/;

function isTracestate(state: unknown): state is string {
  return typeof state === 'string' && state.length <= LONGEST_STATE && printable.test(state) && state.split(',').length <= MOST_MEMBERS;
}

/** The context that two texts from outside make; null without a valid traceparent. A tracestate that is not valid is left out, alone. */
export function traceContextOf(traceparent: unknown, tracestate?: unknown): TraceContext | null {
  if (typeof traceparent !== 'string' || parseTraceparent(traceparent) === null) return null;
  return isTracestate(tracestate) ? { traceparent, tracestate } : { traceparent };
}

/** Whether somebody records this trace. */
export const isSampled = ({ traceparent }: TraceContext): boolean => ((parseTraceparent(traceparent)?.flags ?? 0) & SAMPLED) === SAMPLED;

/** A span links to this many at most: enough to find a way, and no load for whoever keeps them. */
export const MOST_LINKS = 32;

/** The first of the different contexts that somebody records, for the links of a span: where nobody records, a link would lead nowhere. */
export function sampledLinks(contexts: Iterable<TraceContext | null>): TraceContext[] {
  const found = new Map<string, TraceContext>();
  for (const context of contexts) {
    if (found.size >= MOST_LINKS) break;
    if (context !== null && !found.has(context.traceparent) && isSampled(context)) found.set(context.traceparent, context);
  }
  return [...found.values()];
}
