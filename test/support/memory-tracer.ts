/** A tracer whose spans stay here, for tests of what makes spans. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from '../../src/domain/trace-context.ts';
import { type Attributes, noSpan, type Span, type SpanOptions, type Tracer } from '../../src/runtime/tracer.ts';

export type RecordedSpan = {
  name: string;
  kind: SpanOptions['kind'];
  attributes: Attributes;
  links: TraceContext[];
  /** Where it continues from another process. */
  remote: TraceContext | null;
  /** Name of the span that it is a child of. */
  parent: string | null;
  failed: unknown;
  ended: boolean;
};

const digits = (length: number, number: number): string => (number + 1).toString(16).padStart(length, '0');

/** `spans` in the order in which they began; the first one's context is that of trace and span 1. */
export function memoryTracer(): Tracer & { spans: RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  const active = new AsyncLocalStorage<{ recorded: RecordedSpan; span: Span }>();
  return {
    enabled: true,
    spans,
    active: () => active.getStore()?.span ?? noSpan,
    start(name, { kind, attributes = {}, parent, links = [] }) {
      const local = parent === undefined ? (active.getStore()?.recorded.name ?? null) : null;
      const recorded: RecordedSpan = {
        name,
        kind,
        attributes: { ...attributes },
        links: [...links],
        remote: parent ?? null,
        parent: local,
        failed: undefined,
        ended: false,
      };
      const number = spans.push(recorded) - 1;
      const span: Span = {
        context: () => ({ traceparent: `00-${digits(32, number)}-${digits(16, number)}-01` }),
        set: (more) => void Object.assign(recorded.attributes, more),
        link: (contexts) => void recorded.links.push(...contexts),
        failed: (failed) => void Object.assign(recorded, { failed }),
        within: (work) => active.run({ recorded, span }, work),
        end: () => void Object.assign(recorded, { ended: true }),
      };
      return span;
    },
  };
}
