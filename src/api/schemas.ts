/** Pieces that the schemas of several resources share. */
import { type Static, type TSchema, Type } from 'typebox';
import { steps } from '../domain/step.ts';

const Fault = Type.Object({ field: Type.String(), value: Type.String(), expected: Type.String() });

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    instance: Type.String(),
    requestId: Type.String(),
    problems: Type.Optional(Type.Array(Fault, { description: 'Every input at fault' })),
  },
  { description: 'A problem document, RFC 9457' },
);

const refused = { description: 'A problem document', content: { 'application/problem+json': { schema: Problem } } };
/** What a route answers: its own schema, and problems like all others. */
export const answers = <S extends TSchema>(schema: S) => ({ 200: schema, '4xx': refused, '5xx': refused });

export const Usd = Type.String({ pattern: '^-?\\d+\\.\\d{6}$', examples: ['1234.500000'], description: 'US dollars, exact' });
export const instant = (description = 'UTC') => Type.String({ format: 'date-time', description });
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
/** In a request, where a union would take null for the number 0: values are made to fit the first of its schemas. */
export const numberOrNull = (description?: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], ...(description === undefined ? {} : { description }) });

/** Feature ids and metric names. */
const Name = Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' });
export const MetricName = Type.String({ ...Name, examples: ['response_time_seconds'] });
export const FeatureId = Type.String({ ...Name, examples: ['realtime_intelligence'] });
/** No id has control characters, and Postgres takes no text with a zero byte. */
export const TenantId = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f]*$',
  description: 'Only this tenant; must be the token’s own when it has one',
});
export const TimeZone = Type.String({
  maxLength: 64,
  examples: ['America/New_York'],
  description: 'IANA zone in which days begin; default: the installation’s',
});
export const StepName = Type.Enum(steps);
export const Day = Type.String({ format: 'date', examples: ['2026-01-11'] });
export const InstantOrDay = Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
  examples: ['2026-01-11T09:00:00Z'],
  description: 'An instant, or a day: its begin in the time zone',
});

export type ProblemDocument = Static<typeof Problem>;
