/** `POST /api/v1/track/…`: one thing that happened, by the names of `domain/track.ts`, and what it was worth. */
import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { type TSchema, type TSchemaOptions, Type } from 'typebox';
import { millisecondsOf } from '../domain/cloudevent.ts';
import { ImpactError, type Problem as InputProblem } from '../domain/errors.ts';
import { eventKinds, type FeatureEvent } from '../domain/event.ts';
import { type Track, type TrackField, type TrackFieldType, tracks } from '../domain/track.ts';
import { trackAnswer, trackedEvent } from '../domain/track-event.ts';
import { shownValue } from '../domain/validate.ts';
import { callerOf } from './auth.ts';
import { type CollectorDeps, sentIn } from './collect.ts';
import type { ApiDeps, App } from './deps.ts';
import { createPublisher } from './publish.ts';
import { answers, instant, nullable, Usd } from './schemas.ts';
import { requestTrace } from './trace.ts';

type Fields = Readonly<Record<string, unknown>>;

const schemaOf: Record<TrackFieldType, (options: TSchemaOptions) => TSchema> = {
  text: (options) => Type.String({ minLength: 1, maxLength: 256, ...options }),
  number: (options) => Type.Number(options),
  whole: (options) => Type.Integer(options),
  boolean: (options) => Type.Boolean(options),
  time: (options) => Type.String({ format: 'date-time', ...options }),
  attributes: (options) => Type.Record(Type.String(), Type.String(), options),
};

const propertySchema = ({ field, type, description, example, required }: TrackField): [string, TSchema] => {
  const schema = schemaOf[type]({ description, examples: [example] });
  // The token of one tenant fills its tenant in.
  return [field, required && field !== 'tenantId' ? schema : Type.Optional(schema)];
};

const bodySchema = ({ fields }: Track): TSchema =>
  Type.Object(Object.fromEntries(fields.map(propertySchema)), {
    additionalProperties: false,
    examples: [
      Object.fromEntries(fields.filter(({ required, field }) => required || field === 'userId').map((one) => [one.field, one.example])),
    ],
  });

const Tracked = Type.Object({
  eventId: Type.String({ format: 'uuid' }),
  kind: Type.Enum(eventKinds),
  tenantId: Type.String(),
  featureId: Type.String(),
  occurredAt: instant(),
  worth: Type.Object({
    valueUsd: nullable(Usd),
    valueUsdPerYear: nullable(Usd),
    formula: nullable(Type.String({ examples: ['(900 s - 25 s) x $50/h'] })),
  }),
});

const refusals = answers(Tracked);

/** @throws ImpactError `unprocessable` for what is no object, or whose time is no time */
function fieldsOf(body: unknown): Fields {
  const problems: InputProblem[] = [];
  const object = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!object) problems.push({ field: 'body', value: shownValue(body), expected: 'a JSON object' });
  const given: Fields = object ? (body as Fields) : {};
  const occurredAt = millisecondsOf('occurredAt', given['occurredAt'], problems);
  if (problems.length > 0) throw new ImpactError('unprocessable', 'nothing was sent', { problems });
  return { ...given, occurredAt };
}

/** @throws ImpactError `forbidden` when the event is of another tenant than the token */
function keepToTenant(event: FeatureEvent, tenantId: string | null): void {
  if (tenantId === null || event.tenantId === tenantId) return;
  const problems = [{ field: 'tenantId', value: shownValue(event.tenantId), expected: `${tenantId}, the token's tenant` }];
  throw new ImpactError('forbidden', 'this token belongs to another tenant; nothing was sent', { problems });
}

/** A repetition counts once only with the same id and time, which the sender may not have chosen. */
function repeatable(error: unknown, { eventId, occurredAt }: FeatureEvent): unknown {
  if (!(error instanceof ImpactError) || error.code !== 'unavailable') return error;
  const time = new Date(occurredAt).toISOString();
  const problems = [
    {
      field: 'eventId',
      value: eventId,
      expected: `this eventId and the occurredAt ${time} in the repeated request, so that it counts once`,
    },
  ];
  return new ImpactError('unavailable', error.message, { problems, cause: error.cause });
}

type TrackDeps = CollectorDeps & Pick<ApiDeps, 'flagReader'>;

/** The event, with the variant that its unit has in the feature's experiment where the caller names none. */
function eventOf(track: Track, request: FastifyRequest, { now, config, flagReader }: TrackDeps): FeatureEvent {
  const { scope, name } = callerOf(request);
  const tenant = scope.tenantId === null ? {} : { tenantId: scope.tenantId };
  const base = { eventId: randomUUID(), source: name, occurredAt: now(), ...tenant };
  const event = trackedEvent(track, fieldsOf(request.body), base, { now: now(), maxFutureMs: config.maxFutureMs });
  keepToTenant(event, scope.tenantId);
  return { ...event, variant: event.variant ?? flagReader.variantOf(event.featureId, event) };
}

/** Registers a route for each track. The domain judges bodies: coercion would make 0 seconds, worth $12.50, of a null. */
export function addTrackRoutes(app: App, deps: TrackDeps): void {
  const publish = createPublisher(deps);
  for (const track of tracks) {
    const schema = {
      tags: ['events'],
      summary: `Track that ${track.description}. 202 once Kafka has it; repeat a request with its eventId and occurredAt`,
      body: bodySchema(track),
      response: { 202: Tracked, '4xx': refusals['4xx'], '5xx': refusals['5xx'] },
    };
    const validatorCompiler = () => (value: unknown) => ({ value });
    app.post(`/api/v1/track/${track.name}`, { config: { role: 'emitter' }, schema, validatorCompiler }, async (request, reply) => {
      const event = eventOf(track, request, deps);
      const trace = sentIn(requestTrace(request), deps.tracer?.active()?.context() ?? null);
      await publish([event], [trace]).catch((error: unknown) => {
        throw repeatable(error, event);
      });
      deps.metrics.count('impact_collect_events_total', { kind: event.kind });
      return reply.status(202).send(trackAnswer(event));
    });
  }
}
