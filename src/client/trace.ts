/**
 * The trace in which a service states an event. OpenTelemetry's API does nothing at all until a service registers its SDK, so nobody pays
 * for traces that nobody takes.
 */
import { context, createContextKey, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { FeatureEvent } from '../domain/event.ts';
import { formatTraceparent, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import type { Transport } from './transport.ts';

/** Beside the events, not in them: what a service gets back from a tracker, and what is encoded, is the event alone. */
const contexts = new WeakMap<object, TraceContext>();

/** The context of the caller's active span, if there is one. */
function activeContext(): TraceContext | null {
  const active = trace.getActiveSpan()?.spanContext();
  if (!active || !isSpanContextValid(active)) return null;
  const { traceId, spanId, traceFlags: flags, traceState } = active;
  return traceContextOf(formatTraceparent({ traceId, spanId, flags }), traceState?.serialize());
}

/** Keeps the caller's context for as long as the event waits. To be called in the tracker's call itself: later, another context is active. */
export function rememberTrace(event: FeatureEvent): void {
  const active = activeContext();
  if (active) contexts.set(event, active);
}

/** The context in which the event was stated; spread into headers or attributes, it is them. */
export const traceOf = (event: FeatureEvent): TraceContext | undefined => contexts.get(event);

/** The context that all of these events share, if they do. */
export function commonTrace(events: readonly FeatureEvent[]): TraceContext | undefined {
  const [first, ...others] = events;
  const shared = first && traceOf(first);
  return others.every((event) => traceOf(event)?.traceparent === shared?.traceparent) ? shared : undefined;
}

/** By this name OpenTelemetry's instrumentations know that somebody wants no spans; exporters use it for themselves. */
const quiet = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);

/**
 * A batch holds events of many callers, so it is sent in no caller's context: whoever happened to wake the delivery would get all its spans,
 * and an instrumented Kafka or HTTP client would write that one's trace over those of the events.
 */
export const untraced = (transport: Transport): Transport => ({
  send: (events) => context.with(quiet, () => transport.send(events)),
  close: () => context.with(quiet, () => transport.close()),
});
