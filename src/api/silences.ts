/** /api/v1/silences: alerts that nobody is to be told of for a while. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { severities } from '../domain/rule.ts';
import { createSilence, endSilence, listSilences, type StoredSilence } from '../query/silences.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, FeatureId, instant, nullable, TenantId } from './schemas.ts';
import { refuse } from './when.ts';

const LONGEST_MS = 90 * 86_400_000;
const tags = ['alerts'];
const config = { role: 'operator' as const };
const Rule = Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$', examples: ['error-rate'] });
const Moment = Type.String({ format: 'date-time', examples: ['2026-01-11T09:00:00Z'] });

const Wanted = Type.Object(
  {
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
    rule: Type.Optional(Rule),
    severity: Type.Optional(Type.Enum([...severities])),
    startsAt: Type.Optional({ ...Moment, description: 'Now when left out' }),
    endsAt: Moment,
    reason: Type.String({ pattern: '^[^\\u0000-\\u001f]{1,500}$', examples: ['the database is moved'] }),
  },
  { additionalProperties: false, description: 'What is left out matches everything' },
);
const Silence = Type.Object({
  id: Type.String({ format: 'uuid' }),
  tenant: nullable(Type.String()),
  feature: nullable(Type.String()),
  rule: nullable(Type.String()),
  severity: nullable(Type.String()),
  startsAt: instant(),
  endsAt: instant(),
  reason: Type.String(),
  createdBy: Type.String(),
  createdAt: instant(),
  endedBy: nullable(Type.String()),
});

export type SilenceAnswer = Static<typeof Silence>;

const iso = (ms: number): string => new Date(ms).toISOString();
const shown = ({ tenantId, featureId, startsAt, endsAt, createdAt, ...rest }: StoredSilence): Static<typeof Silence> => ({
  ...rest,
  tenant: tenantId,
  feature: featureId,
  startsAt: iso(startsAt),
  endsAt: iso(endsAt),
  createdAt: iso(createdAt),
});

/** Everything, for ever, by mistake: that is what must not be asked for. */
function timesOf({ startsAt, endsAt }: Static<typeof Wanted>, now: number): { startsAt: number; endsAt: number } {
  const [from, to] = [startsAt === undefined ? now : Date.parse(startsAt), Date.parse(endsAt)];
  if (to <= Math.max(from, now))
    refuse('it would have ended already', { field: 'endsAt', value: endsAt, expected: `later than ${iso(Math.max(from, now))}` });
  if (to - from > LONGEST_MS)
    refuse('a silence lasts 90 days at most', { field: 'endsAt', value: endsAt, expected: `${iso(from + LONGEST_MS)} or earlier` });
  return { startsAt: from, endsAt: to };
}

export function addSilenceRoutes(app: App, deps: ApiDeps): void {
  const querystring = Type.Object(
    {
      since: Type.Optional({ ...Moment, description: 'Those that ended after this, too; default: those that have not ended' }),
      limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
    },
    { additionalProperties: false },
  );
  app.get(
    '/api/v1/silences',
    {
      schema: {
        tags,
        summary: 'Silences, the one that ends first foremost',
        querystring,
        response: answers(Type.Object({ silences: Type.Array(Silence) })),
      },
    },
    async (request) => {
      const { since, limit } = request.query;
      const from = since === undefined ? deps.now() : Date.parse(since);
      return { silences: (await listSilences(deps.postgres, requestScope(request), from, limit)).map(shown) };
    },
  );
  app.post(
    '/api/v1/silences',
    {
      config,
      schema: { tags, summary: 'Tell nobody of some alerts for a while', body: Wanted, response: { ...answers(Silence), 201: Silence } },
    },
    async (request, reply) => {
      const { tenant, feature = null, rule = null, severity = null, reason } = request.body;
      const times = timesOf(request.body, deps.now());
      const { tenantId } = requestScope(request, tenant);
      const wanted = { tenantId, featureId: feature, rule, severity, ...times, createdBy: callerOf(request).name, reason };
      reply.status(201);
      return shown(await deps.postgres.transaction((tx) => createSilence(tx, wanted)));
    },
  );
  const params = Type.Object({ id: Type.String({ format: 'uuid' }) });
  app.delete(
    '/api/v1/silences/:id',
    { config, schema: { tags, summary: 'End a silence now', params, response: answers(Silence) } },
    async (request) => {
      const [scope, { id }] = [requestScope(request), request.params];
      const ended = await deps.postgres.transaction((tx) => endSilence(tx, id, scope, callerOf(request).name, deps.now()));
      if (ended === null) throw new ImpactError('not_found', `there is no silence ${id}`);
      return shown(ended);
    },
  );
}
