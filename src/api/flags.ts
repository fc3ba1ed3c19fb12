/** Reading flags under /api/v1/flags; `flags/changes.ts` changes them. */
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { flagDocument } from '../domain/flags/flag.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { Answer, answerFlag, Change, FlagId, knownFlags, requireEveryTenant, Stage, Stored, shownChange, shownTo } from './flags/answer.ts';
import { nextRevision } from './flags/wait.ts';
import { answers, Problem, TenantId } from './schemas.ts';

const tags = ['flags'];
const exact = { additionalProperties: false } as const;
const params = Type.Object({ id: FlagId });

/** Ids have their fields; all else is for targeting rules. */
const Asked = Type.Object(
  {
    tenantId: Type.Optional(TenantId),
    userId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    entityId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    targetingKey: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  { additionalProperties: true, examples: [{ tenantId: 'tenant_123', userId: 'user_456', plan: 'pro' }] },
);

const filter = Type.Object(
  { stage: Type.Optional(Stage), archived: Type.Boolean({ default: false, description: 'Archived ones too' }) },
  exact,
);

function addLists(app: App, deps: ApiDeps): void {
  const List = Type.Object({
    flags: Type.Array(Stored),
    stale: Type.Boolean({ description: 'Redis is away; this is the last known state' }),
  });
  app.get('/api/v1/flags', { schema: { tags, summary: 'Flags', querystring: filter, response: answers(List) } }, async (request) => {
    const { stage, archived } = request.query;
    const { flags, stale } = await knownFlags(deps);
    const wanted = flags.filter((flag) => (archived || !flag.archived) && (stage ?? flag.stage) === flag.stage);
    return { flags: wanted.map((flag) => shownTo(requestScope(request), flag)), stale };
  });

  app.get(
    '/api/v1/flags/:id',
    { schema: { tags, summary: 'One flag; its ETag is its version', params, response: answers(Stored) } },
    async (request, reply) => {
      const found = (await knownFlags(deps)).flags.find(({ id }) => id === request.params.id);
      if (!found) throw new ImpactError('not_found', `there is no flag ${request.params.id}`);
      return answerFlag(reply, requestScope(request), found);
    },
  );

  app.get(
    '/api/v1/flags/:id/history',
    {
      schema: {
        tags,
        summary: 'Who changed a flag, when, why and on what evidence; deleted ones too',
        params,
        response: answers(Type.Object({ changes: Type.Array(Change) })),
      },
    },
    async (request) => {
      requireEveryTenant(requestScope(request), 'the history of a flag');
      const changes = await deps.flags.history(request.params.id);
      if (changes.length === 0) throw new ImpactError('not_found', `there never was a flag ${request.params.id}`);
      return { changes: changes.map(shownChange) };
    },
  );
}

function addEvaluation(app: App, { flagReader }: ApiDeps): void {
  app.post(
    '/api/v1/flags/:id/evaluate',
    { schema: { tags, summary: 'Which variant somebody gets, and why', params, body: Asked, response: answers(Answer) } },
    async (request) => {
      const { tenantId } = requestScope(request, request.body.tenantId);
      const answer = flagReader.evaluate(request.params.id, { ...request.body, ...(tenantId === null ? {} : { tenantId }) });
      if (answer.decidedBy === 'not_ready') throw new ImpactError('unavailable', 'the flags have not arrived in this process yet');
      if (answer.decidedBy === 'unknown_flag') throw new ImpactError('not_found', `there is no flag ${request.params.id}`);
      return answer;
    },
  );
}

const waiting = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 100, description: 'The revision that you have: answered 204 if it is the present one' })),
    waitSeconds: Type.Integer({
      minimum: 0,
      maximum: 60,
      default: 0,
      description: 'Wait this long for another revision before answering 204',
    }),
  },
  exact,
);

function addCopy(app: App, deps: ApiDeps): void {
  const ending = new AbortController();
  // Whoever waits for a change would hold up the end of this process.
  app.addHook('preClose', async () => ending.abort());
  const Copy = Type.Object({ revision: Type.String(), flags: Type.Array(Stored) });
  const summary = 'All flags, for evaluating them elsewhere: the client library keeps its copy by this';
  const response = { ...answers(Copy), 204: Type.Null(), '4xx': Problem };
  app.get(
    '/api/v1/flag-copy',
    { config: { cacheable: false }, schema: { tags, summary, querystring: waiting, response } },
    async (request, reply) => {
      requireEveryTenant(requestScope(request), 'a copy of all flags');
      const { after, waitSeconds } = request.query;
      const { flagReader, flags } = deps;
      if (flagReader.state().revision === null) {
        const copy = await flags.list();
        return { revision: copy.revision, flags: copy.flags.map((flag) => shownTo(requestScope(request), flag)) };
      }
      if (after !== undefined) {
        await nextRevision(flagReader, after, waitSeconds * 1000, AbortSignal.any([ending.signal, request.signal]));
        const { revision, stale } = flagReader.state();
        if (stale) throw new ImpactError('unavailable', 'Redis is away: there may be changes that are not known here');
        if (revision === after) return reply.status(204).send(null);
      }
      return { revision: flagReader.state().revision ?? '', flags: flagReader.flags().map((flag) => flagDocument(flag)) as never };
    },
  );
}

export function addFlagRoutes(app: App, deps: ApiDeps): void {
  addLists(app, deps);
  addEvaluation(app, deps);
  addCopy(app, deps);
}
