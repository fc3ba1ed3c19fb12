/** The traces that records of a batch belong to, for the span of the batch: one span for many records, linked to some of them. */
import { isSampled, MOST_LINKS, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
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

/** So many records with a trace are looked at in a batch at most, so that one whose traces nobody records costs no more than another. */
const MOST_LOOKED_AT = 256;

type WithHeaders = { headers?: Headers };

/** The first records whose traces somebody records, each trace once. */
export function recordedIn<R extends WithHeaders>(records: Iterable<R>): { record: R; trace: TraceContext }[] {
  const found = new Map<string, { record: R; trace: TraceContext }>();
  let looked = 0;
  for (const record of records) {
    if (record.headers?.['traceparent'] === undefined) continue;
    if (looked >= MOST_LOOKED_AT || found.size >= MOST_LINKS) break;
    looked += 1;
    const trace = recordTrace(record.headers);
    if (trace !== null && isSampled(trace) && !found.has(trace.traceparent)) found.set(trace.traceparent, { record, trace });
  }
  return [...found.values()];
}

/** What a span over these records links to. */
export const linksOf = (records: Iterable<WithHeaders>): TraceContext[] => recordedIn(records).map(({ trace }) => trace);
