/** The traces that records of a batch belong to, for the span of the batch: one span for many records, linked to some of them. */
import { sampledLinks, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import type { InRecord } from './records.ts';

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

function* contextsOf(records: Iterable<{ headers?: Headers }>): Generator<TraceContext | null> {
  for (const { headers } of records) yield recordTrace(headers);
}

/** What a span over these records links to. */
export const linksOf = (records: Iterable<{ headers?: Headers }>): TraceContext[] => sampledLinks(contextsOf(records));
