/** Traces by OpenTelemetry, exported by OTLP over HTTP. Its SDK is loaded only where there is somewhere to export to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  createTraceState,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';
import { formatTraceparent, parseTraceparent, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import type { Log } from '../runtime/log.ts';
import { noLongerThan } from '../runtime/patience.ts';
import { release } from '../runtime/release.ts';
import { noSpan, noTracer, type Span, type SpanOptions, type Tracer } from '../runtime/tracer.ts';

export type Tracing = {
  tracer: Tracer;
  /** Exports what has ended, within a few seconds, and no more after that. Never rejects. Safe to call twice. */
  stop(): Promise<void>;
};

type TracingConfig = Pick<Config, 'otlpEndpoint' | 'otlpHeaders' | 'otelServiceName' | 'otelSampledShare'>;

const EXPORT_EVERY_MS = 1_000;
const EXPORT_TIMEOUT_MS = 10_000;
const STOP_MS = 3_000;

const kinds: Record<SpanOptions['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  internal: SpanKind.INTERNAL,
};

function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext | null {
  const identity = parseTraceparent(traceparent);
  if (identity === null) return null;
  const { traceId, spanId, flags: traceFlags } = identity;
  const state = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) };
  return { traceId, spanId, traceFlags, isRemote: true, ...state };
}

function contextOfSpan(span: OtelSpan): TraceContext | null {
  const { traceId, spanId, traceFlags: flags, traceState } = span.spanContext();
  return traceContextOf(formatTraceparent({ traceId, spanId, flags }), traceState?.serialize());
}

const linksTo = (contexts: readonly TraceContext[]): { context: SpanContext }[] =>
  contexts.flatMap((one) => {
    const context = spanContextOf(one);
    return context === null ? [] : [{ context }];
  });

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** What is active: the span of ours, and the one behind it, of which children are made. */
type Active = AsyncLocalStorage<{ own: Span; span: OtelSpan }>;

/** A span of ours over one of OpenTelemetry's, which complains about whatever comes after its end. */
function wrapped(span: OtelSpan, active: Active): Span {
  let ended = false;
  const unlessEnded = (change: () => void): void => {
    if (!ended) change();
  };
  const own: Span = {
    context: () => contextOfSpan(span),
    set: (attributes) => unlessEnded(() => span.setAttributes(attributes)),
    link: (contexts) => unlessEnded(() => span.addLinks(linksTo(contexts))),
    failed: (error) =>
      unlessEnded(() => {
        const { name, message } = errorOf(error);
        span.setAttribute('error.type', name).setStatus({ code: SpanStatusCode.ERROR, message });
      }),
    within: (work) => active.run({ own, span }, work),
    end: () =>
      unlessEnded(() => {
        ended = true;
        span.end();
      }),
  };
  return own;
}

/** What a new span is a child of. `parent` null: of none, whatever is active. */
function parentContext(parent: TraceContext | null | undefined, active: OtelSpan | undefined): Context {
  if (parent === undefined) return active ? trace.setSpan(ROOT_CONTEXT, active) : ROOT_CONTEXT;
  const remote = parent && spanContextOf(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

function tracerOver(otel: OtelTracer): Tracer {
  const active: Active = new AsyncLocalStorage();
  return {
    enabled: true,
    start(name, { kind, attributes = {}, parent, links = [] }) {
      const options = { kind: kinds[kind], attributes, links: linksTo(links) };
      return wrapped(otel.startSpan(name, options, parentContext(parent, active.getStore()?.span)), active);
    },
    active: () => active.getStore()?.own ?? noSpan,
  };
}

/** Says when exporting begins to fail and when it works again, and not once for every batch. Spans that could not be exported are gone. */
function saying(exporter: SpanExporter, endpoint: string, log: Log): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !failing)
          log.warn({ endpoint, error: result.error?.message }, 'traces cannot be exported and are lost until they can');
        if (!failed && failing) log.info({ endpoint }, 'traces are exported again');
        failing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** Somebody records what such a span is linked to and would miss it, so it is `always` taken, and only others by their `share`. */
const linkedOr = (always: Sampler, share: Sampler): Sampler => ({
  shouldSample: (context, traceId, name, kind, attributes, links) =>
    (links.length > 0 ? always : share).shouldSample(context, traceId, name, kind, attributes, links),
  toString: () => `LinkedOr{${share}}`,
});

async function createProvider(config: TracingConfig, log: Log) {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = `${config.otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: config.otlpHeaders, timeoutMillis: EXPORT_TIMEOUT_MS });
  const share = new sdk.TraceIdRatioBasedSampler(config.otelSampledShare);
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.otelServiceName, 'service.version': release }),
    sampler: new sdk.ParentBasedSampler({ root: linkedOr(new sdk.AlwaysOnSampler(), share) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: saying(exporter, url, log),
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
}

/**
 * A tracer that exports to OTEL_EXPORTER_OTLP_ENDPOINT, or one that does nothing where that is not set. Nothing is registered for the whole
 * process, so that a service that embeds us keeps its own.
 */
export async function openTracing(config: TracingConfig, log: Log): Promise<Tracing> {
  if (config.otlpEndpoint === '') return { tracer: noTracer, stop: async () => {} };
  const provider = await createProvider(config, log);
  log.info({ endpoint: config.otlpEndpoint, sampledShare: config.otelSampledShare }, 'traces are exported');
  let stopped: Promise<void> | undefined;
  return {
    tracer: tracerOver(provider.getTracer('impactstream', release)),
    stop() {
      // A process must stop although nobody takes its traces.
      stopped ??= noLongerThan(
        STOP_MS,
        provider.shutdown().catch(() => {}),
      );
      return stopped;
    },
  };
}
