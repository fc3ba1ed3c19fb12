/** /api/v1/experiments: which there are, and what one has shown. */
import { type Static, Type } from 'typebox';
import { policies } from '../domain/decision.ts';
import { experimentQuestion, MOST_MEASURES } from '../domain/experiment/question.ts';
import { units } from '../domain/flags/flag.ts';
import type { Period } from '../domain/impact.ts';
import { MOST_LOOKS } from '../domain/stats/group-sequential.ts';
import { betters } from '../domain/stats/margin.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { createExperimentResults } from '../query/experiment/cache.ts';
import { experimentList } from '../query/experiments.ts';
import { ask } from '../query/statement.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { ExperimentResults, Experiments, resultAnswer } from './experiment-answer.ts';
import { answers, FeatureId, InstantOrDay, TenantId, TimeZone } from './schemas.ts';
import { instantOf, refuse, zoneOf } from './when.ts';

const tags = ['experiments'];
const USUAL_DAYS = 30;
const MINUTE = 60_000;
const DAY_MS = 86_400_000;

const Variant = Type.Optional(
  Type.String({ minLength: 1, maxLength: 256, description: 'Default: as the flag says, else control and treatment' }),
);
const querystring = Type.Object(
  {
    metric: Type.Array(Type.String({ maxLength: 150 }), {
      minItems: 1,
      maxItems: MOST_MEASURES,
      examples: [['response_time_seconds']],
      description:
        'Goals: a metric, which is taken as its name suggests, or with how: revenue:total, request_error:ratio, errors:ratio:visits, response_time_seconds:p95',
    }),
    guardrail: Type.Array(Type.String({ maxLength: 150 }), {
      default: [],
      maxItems: MOST_MEASURES,
      description:
        'Metrics that must not become worse than their margin in percent: websocket_latency_ms@5. Default margin: the flag’s, else 10',
    }),
    tenant: Type.Optional(TenantId),
    from: Type.Optional(InstantOrDay),
    to: Type.Optional(InstantOrDay),
    timeZone: Type.Optional(TimeZone),
    policy: Type.Enum([...policies], { default: 'sequential' }),
    alpha: Type.Number({ exclusiveMinimum: 0, maximum: 0.5, default: 0.05, description: 'Error probability' }),
    looks: Type.Enum(['none', 'daily'], { default: 'none', description: 'daily: what was known at the end of each day as well' }),
    plannedLooks: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_LOOKS,
        description: 'How often it was planned to look: the goals then go by group-sequential bounds',
      }),
    ),
    preDays: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 90,
        description: 'Days before the first exposure that CUPED uses; 0: none. Default: 14, classic 0',
      }),
    ),
    unit: Type.Optional(Type.Enum([...units], { description: 'What was given variants. Default: as the flag says, else user' })),
    control: Variant,
    treatment: Variant,
    better: Type.Optional(Type.Enum([...betters], { description: 'Which way the goals are to go. Default: by their names' })),
  },
  { additionalProperties: false },
);
type Query = Static<typeof querystring>;

/** Whole days up to today's end: asked again within the day it is the same question, and the answer can be a remembered one. */
function periodOf(query: Query, zone: string, deps: ApiDeps): Period {
  const now = deps.now();
  const today = dayAt(zone, now);
  const to = query.to === undefined ? startOfDay(zone, plusDays(today, 1)) : Math.ceil(instantOf(query.to, zone, 'to') / MINUTE) * MINUTE;
  const from =
    query.from === undefined
      ? startOfDay(zone, plusDays(dayAt(zone, to - 1), 1 - USUAL_DAYS))
      : Math.floor(instantOf(query.from, zone, 'from') / MINUTE) * MINUTE;
  if (from >= to)
    refuse('the period is empty', {
      field: 'from',
      value: new Date(from).toISOString(),
      expected: `earlier than ${new Date(to).toISOString()}`,
    });
  requireRaw(from, now, deps);
  return { from, to };
}

/** Days that are half gone would look like an answer. */
function requireRaw(from: number, now: number, { config }: ApiDeps): void {
  const keptFrom = now - (config.retentionRawDays + 1) * DAY_MS;
  if (from >= keptFrom) return;
  const expected = `${new Date(keptFrom).toISOString()} or later`;
  refuse('this needs raw events, which are no longer kept', { field: 'from', value: new Date(from).toISOString(), expected });
}

export function addExperimentRoutes(app: App, deps: ApiDeps): void {
  const { clickhouse, flagReader } = deps;
  const results = createExperimentResults(deps.now, deps.results ?? null);
  const flagOf = (feature: string) => flagReader.flags().find(({ featureId }) => featureId === feature) ?? null;

  const tenantOnly = Type.Object({ tenant: Type.Optional(TenantId) }, { additionalProperties: false });
  app.get(
    '/api/v1/experiments',
    { schema: { tags, summary: 'Features that units were exposed to', querystring: tenantOnly, response: answers(Experiments) } },
    async (request) => {
      const rows = await ask(clickhouse, experimentList(requestScope(request, request.query.tenant)));
      const experiments = rows.map(({ variants, exposures, ...row }) => {
        const flag = flagOf(row.feature);
        const counts = variants.map((variant, i) => ({ variant, exposures: exposures[i] ?? 0 }));
        return { ...row, flag: flag?.id ?? null, stage: flag?.stage ?? null, variants: counts };
      });
      return { experiments };
    },
  );

  const description = `The last ${USUAL_DAYS} days unless said otherwise. Computed from raw events, by unit; remembered for an hour, or until an event of the feature is stored.`;
  app.get(
    '/api/v1/experiments/:feature/results',
    {
      schema: {
        tags,
        summary: 'What an experiment has shown, and what to do about it',
        description,
        params: Type.Object({ feature: FeatureId }),
        querystring,
        response: answers(ExperimentResults),
      },
    },
    async (request) => {
      const { query, params } = request;
      const { metric, guardrail, looks, timeZone, tenant, from: _from, to: _to, ...rest } = query;
      const zone = zoneOf(timeZone, deps.config);
      const asked = { ...rest, feature: params.feature, metrics: metric, guardrails: guardrail, daily: looks === 'daily', zone };
      const question = experimentQuestion({ ...asked, period: periodOf(query, zone, deps) }, flagOf(params.feature));
      return resultAnswer(question, await results(clickhouse, requestScope(request, tenant), question));
    },
  );
}
