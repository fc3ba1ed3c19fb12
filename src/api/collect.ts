/** `POST /api/v1/events`: all events of a request are valid and in Kafka, or none is. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Config } from '../config.ts';
import { type CloudEvent, placeOf, recordOfCloudEvent } from '../domain/cloudevent.ts';
import { ImpactError, type Problem } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { isSampled, sampledLinks, type TraceContext, traceContextOf } from '../domain/trace-context.ts';
import { findingsOf, type Limits, parseEvent, shownValue } from '../domain/validate.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Tracer } from '../runtime/tracer.ts';
import { callerOf } from './auth.ts';
import { BATCH_TYPE, cloudEventsOf, SINGLE_TYPE } from './cloudevents.ts';
import type { App } from './deps.ts';
import { createPublisher, type PublishDeps } from './publish.ts';
import { requestTrace } from './trace.ts';

export type CollectorDeps = PublishDeps & {
  config: Pick<Config, 'namespace' | 'maxFutureMs'>;
  metrics: Metrics;
  /** Milliseconds since 1970. */
  now: () => number;
  tracer?: Tracer;
};

/** The namespace of UUIDs made from URLs, RFC 9562. */
const UUID_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** UUID version 5 of "source, line feed, id": the same for every delivery of the same event. */
export function uuidOf(source: string, id: string): string {
  const hash = createHash('sha1').update(UUID_NAMESPACE).update(`${source}\n${id}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

type Judged = { event: FeatureEvent | null; problems: Problem[] };

/** A token of one tenant need not say the tenant. */
const withTenant = (cloudEvent: CloudEvent, tenantId: string | null): CloudEvent =>
  tenantId !== null && cloudEvent['tenantid'] === undefined ? { ...cloudEvent, tenantid: tenantId } : cloudEvent;

function judge(cloudEvent: CloudEvent, tenantId: string | null, limits: Limits): Judged {
  const { kind, record, problems } = recordOfCloudEvent(withTenant(cloudEvent, tenantId), uuidOf);
  if (!kind) return { event: null, problems };
  const found = findingsOf(kind, record, limits).map(({ field, value, expected }) => ({ field: placeOf(field), value, expected }));
  const all = [...problems, ...found];
  const parsed = all.length === 0 ? parseEvent(kind, record, limits) : null;
  return { event: parsed?.ok ? parsed.event : null, problems: all };
}

/** In a batch the index says which event; "3.data.satisfactionScore" is in the fourth. */
const placed = (problems: readonly Problem[], index: number, batch: boolean): Problem[] =>
  batch ? problems.map((problem) => ({ ...problem, field: `${index}.${problem.field}` })) : [...problems];

/** @throws ImpactError `unprocessable` with everything wrong with every event */
function eventsOf(cloudEvents: readonly CloudEvent[], batch: boolean, tenantId: string | null, limits: Limits): FeatureEvent[] {
  const judged = cloudEvents.map((one) => judge(one, tenantId, limits));
  const problems = judged.flatMap((one, index) => placed(one.problems, index, batch));
  if (problems.length > 0) throw new ImpactError('unprocessable', 'not every event is valid; none was taken', { problems });
  return judged.flatMap(({ event }) => event ?? []);
}

/** @throws ImpactError `forbidden` naming every event of another tenant */
function keepToTenant(events: readonly FeatureEvent[], batch: boolean, tenantId: string | null): void {
  if (tenantId === null) return;
  const problems = events.flatMap((event, index) =>
    event.tenantId === tenantId
      ? []
      : placed([{ field: 'tenantid', value: shownValue(event.tenantId), expected: `${tenantId}, the token's tenant` }], index, batch),
  );
  if (problems.length > 0) throw new ImpactError('forbidden', 'this token belongs to another tenant; no event was taken', { problems });
}

/** The trace in which the events are sent: the request's span, where it or its caller is recorded; without tracing here, the caller's as it came. */
export function sentIn(caller: TraceContext | null, span: TraceContext | null): TraceContext | null {
  return span !== null && (caller !== null || isSampled(span)) ? span : caller;
}

/**
 * The trace of each event: the one in which it was stated (CloudEvents' distributed tracing extension), else the one in which it is sent.
 * The request's span is linked to the former, which may be many.
 */
function tracesOf(cloudEvents: readonly CloudEvent[], request: FastifyRequest, tracer: Tracer | undefined): (TraceContext | null)[] {
  const caller = requestTrace(request);
  const span = tracer?.active();
  const stated = cloudEvents.map(({ traceparent, tracestate }) => traceContextOf(traceparent, tracestate));
  span?.link(sampledLinks(stated.filter((trace) => trace?.traceparent !== caller?.traceparent)));
  const sent = sentIn(caller, span?.context() ?? null);
  return stated.map((trace) => trace ?? sent);
}

const example = {
  specversion: '1.0',
  type: 'io.impactstream.lead-intelligence',
  source: 'lead-router',
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  time: '2026-01-11T09:30:00Z',
  subject: 'lead_789',
  tenantid: 'tenant_123',
  userid: 'user_456',
  variant: 'treatment',
  data: { responseTimeSeconds: 25, converted: true },
};

const schema = {
  tags: ['events'],
  summary: 'Send events: CloudEvents 1.0, one or a batch. 202 once Kafka has acknowledged all of them; otherwise none was taken',
  consumes: [SINGLE_TYPE, BATCH_TYPE, 'application/json'],
  body: Type.Unknown({ description: 'A CloudEvent, or an array of them; or, with ce- headers, the data alone', examples: [example] }),
  response: { 202: Type.Object({ accepted: Type.Integer(), ids: Type.Array(Type.String({ format: 'uuid' })) }) },
};

/** Registers the route on an application whose guard has been registered before. */
export function registerCollector(app: App, deps: CollectorDeps): void {
  const publish = createPublisher(deps);
  app.addContentTypeParser([SINGLE_TYPE, BATCH_TYPE], { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
  app.post('/api/v1/events', { config: { role: 'emitter' }, schema }, async (request, reply) => {
    const { tenantId } = callerOf(request).scope;
    const { events: cloudEvents, batch } = cloudEventsOf(request.headers, request.body);
    const events = eventsOf(cloudEvents, batch, tenantId, { now: deps.now(), maxFutureMs: deps.config.maxFutureMs });
    keepToTenant(events, batch, tenantId);
    await publish(events, tracesOf(cloudEvents, request, deps.tracer));
    for (const { kind } of events) deps.metrics.count('impact_collect_events_total', { kind });
    return reply.status(202).send({ accepted: events.length, ids: events.map(({ eventId }) => eventId) });
  });
}
