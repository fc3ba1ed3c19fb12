/** The traces that records of a batch belong to, for the span of the batch: one span for many records, linked to some of them. */
import { isSampled, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import type { InRecord } from './records.ts';

/** A span links to this many at most: enough to find a way, and no load for whoever keeps them. */
export const MOST_LINKS = 32;

type Headers = InRecord['headers'];
type HeaderValue = NonNullable<Headers>[string];

/** Of a header that comes several times the last one counts, as everywhere here. */
function textOf(value: HeaderValue): string | undefined {
  return (Array.isArray(value) ? value.at(-1) : value)?.toString();
}

/** The trace context in a record's headers, if there is a valid one. */
export function recordTrace(headers: Headers): TraceContext | null {
  const traceparent = headers?.['traceparent'];
  return traceparent === undefined ? null : traceContextOf(textOf(traceparent), textOf(headers?.['tracestate']));
}

/** The first of the different contexts that somebody records; to whom nobody records, a link would lead nowhere. */
export function sampledLinks(contexts: Iterable<TraceContext | null>, most: number = MOST_LINKS): TraceContext[] {
  const found = new Map<string, TraceContext>();
  for (const context of contexts) {
    if (found.size >= most) break;
    if (context !== null && !found.has(context.traceparent) && isSampled(context)) found.set(context.traceparent, context);
  }
  return [...found.values()];
}

function* contextsOf(records: Iterable<{ headers?: Headers }>): Generator<TraceContext | null> {
  for (const { headers } of records) yield recordTrace(headers);
}

/** What a span over these records links to. */
export const linksOf = (records: Iterable<{ headers?: Headers }>): TraceContext[] => sampledLinks(contextsOf(records));
