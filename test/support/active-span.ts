/** Spans that are active as in a service that takes traces, without any SDK: a context manager and contexts are all that a library sees of it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, createTraceState, ROOT_CONTEXT, type Span, type SpanContext, trace } from '@opentelemetry/api';

const storage = new AsyncLocalStorage<Context>();

/** For all of the process, until `context.disable()`. */
export function manageContexts(): void {
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
}

let made = 0;

/** A span of its own trace, recorded by someone unless `sampled` is false. */
export function someSpan({ sampled = true, state = '' } = {}): Span {
  made += 1;
  const spanContext: SpanContext = {
    traceId: made.toString(16).padStart(32, 'a'),
    spanId: made.toString(16).padStart(16, 'b'),
    traceFlags: sampled ? 1 : 0,
    ...(state === '' ? {} : { traceState: createTraceState(state) }),
  };
  return trace.wrapSpanContext(spanContext);
}

/** Runs `work` as the service would inside of that span. */
export const during = <T>(span: Span, work: () => T): T => context.with(trace.setSpan(context.active(), span), work);

export const traceparentOf = (span: Span): string => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags}`;
};
