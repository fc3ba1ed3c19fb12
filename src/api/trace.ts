/** One span for each request, in its caller's trace. Names and attributes are those of OpenTelemetry's HTTP conventions. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import type { Attributes, Span, Tracer } from '../runtime/tracer.ts';

/** Asked every few seconds by orchestrators and scrapers, which nobody wants to see in traces. */
const untraced: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/** The trace that the caller says the request belongs to. A header that came twice says nothing, as the specification has it. */
export const requestTrace = ({ headers }: Pick<FastifyRequest, 'headers'>): TraceContext | null =>
  traceContextOf(headers['traceparent'], headers['tracestate']);

function attributesOf(request: FastifyRequest): Attributes {
  const { method, protocol, hostname, routeOptions } = request;
  const agent = request.headers['user-agent'];
  return {
    'http.request.method': method,
    'url.path': request.url.split('?', 1)[0] ?? '',
    'url.scheme': protocol,
    'server.address': hostname,
    ...(routeOptions.url === undefined ? {} : { 'http.route': routeOptions.url }),
    ...(agent === undefined ? {} : { 'user_agent.original': agent }),
  };
}

/** Only our own faults fail a span: a caller's fault was answered as it should be. */
function answered(span: Span, statusCode: number): void {
  span.set({ 'http.response.status_code': statusCode });
  if (statusCode < 500) return;
  span.failed(new Error(`answered ${statusCode}`));
  span.set({ 'error.type': String(statusCode) });
}

/** To be called before any other hook: what they do belongs to the request as well. */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  if (!tracer.enabled) return;
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && untraced.has(route)) return done();
    const name = route === undefined ? request.method : `${request.method} ${route}`;
    const span = tracer.start(name, { kind: 'server', parent: requestTrace(request), attributes: attributesOf(request) });
    spans.set(request, span);
    span.within(done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request);
    if (span) answered(span, reply.statusCode);
    span?.end();
  });
  app.addHook('onRequestAbort', async (request) => {
    spans.get(request)?.set({ 'error.type': 'aborted' });
    spans.get(request)?.end();
  });
}
