/** Traces as the stages see them; `adapters/tracing.ts` makes a tracer with OpenTelemetry. Names follow its semantic conventions. */
import type { TraceContext } from '../domain/trace-context.ts';

export type AttributeValue = string | number | boolean;
export type Attributes = Record<string, AttributeValue>;

export type SpanOptions = {
  /** What a span is in its trace: a request answered, a request made, records worked on, records sent, or anything else. */
  kind: 'server' | 'client' | 'consumer' | 'producer' | 'internal';
  attributes?: Attributes;
  /** Where it continues from another process. Left out, it is a child of the active span; without one, a trace of its own. */
  parent?: TraceContext | null;
  /** What it follows from without being a child: each record of a batch may belong to another trace. */
  links?: readonly TraceContext[];
};

export type Span = {
  /** What travels with records that follow from this span; null where nothing is traced. */
  context(): TraceContext | null;
  set(attributes: Attributes): void;
  link(contexts: readonly TraceContext[]): void;
  /** Marks the span as failed. */
  failed(error: unknown): void;
  /** Runs `work`; the spans that begin in it, or in what it awaits, are this one's children. */
  within<T>(work: () => T): T;
  /** A span that ended takes nothing more; again changes nothing. */
  end(): void;
};

export type Tracer = {
  /** False where nothing is traced: then nothing need be gathered for a span. */
  readonly enabled: boolean;
  start(name: string, options: SpanOptions): Span;
  /** The span that is active here; one that takes everything and keeps nothing where there is none. */
  active(): Span;
};

export const noSpan: Span = {
  context: () => null,
  set: () => {},
  link: () => {},
  failed: () => {},
  within: (work) => work(),
  end: () => {},
};

/** Traces nothing. */
export const noTracer: Tracer = { enabled: false, start: () => noSpan, active: () => noSpan };

/** Runs `work` in a span that lasts as long as it does, and failed if it throws. @throws what `work` throws */
export async function inSpan<T>(tracer: Tracer, name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const span = tracer.start(name, options);
  try {
    return await span.within(() => work(span));
  } catch (error) {
    span.failed(error);
    throw error;
  } finally {
    span.end();
  }
}
