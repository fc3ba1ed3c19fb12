/** Changing flags under /api/v1/flags: from the version that was seen (If-Match), once for each Idempotency-Key, every change audited. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { assignmentsOf, requireDefinition, withAssignments } from '../../domain/flags/assign.ts';
import type { Author, ChangeKind } from '../../domain/flags/change.ts';
import { definitionOf } from '../../domain/flags/flag.ts';
import type { Json } from '../../domain/flags/json.ts';
import { callerOf, requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { answers, Problem } from '../schemas.ts';
import { refuse } from '../when.ts';
import { answerFlag, basedOn, Document, FlagId, requireEveryTenant, Stage, Stored } from './answer.ts';

const tags = ['flags'];
const exact = { additionalProperties: false } as const;
const params = Type.Object({ id: FlagId });
const why = {
  reason: Type.String({ pattern: '^[^\\u0000-\\u001f]{0,500}$', default: 'changed through the API', description: 'Kept in the history' }),
};
const because = Type.Object(why, exact);
const once = {
  'idempotency-key': Type.Optional(Type.String({ description: 'The same key makes the same request count once, for a day' })),
};
const creation = Type.Object(once);
const conditional = Type.Object({
  ...once,
  'if-match': Type.Optional(Type.String({ description: 'The ETag that GET gave: "3" for version 3; * changes whatever there is' })),
});
const operator = { role: 'operator', idempotent: true } as const;

type Request = FastifyRequest<{ Querystring: Static<typeof because> }>;

/** Who may change flags, and why this one is changed. @throws ImpactError `forbidden` for the token of one tenant */
function authorOf(request: Request, evidence?: unknown): Author {
  requireEveryTenant(requestScope(request), 'a flag');
  return { by: callerOf(request).name, reason: request.query.reason, ...(evidence === undefined ? {} : { evidence: evidence as Json }) };
}

const expected = (request: FastifyRequest): number | null => basedOn(request.headers['if-match']);

function addCreation(app: App, { flags, metrics }: ApiDeps): void {
  app.post(
    '/api/v1/flags',
    {
      config: operator,
      schema: {
        tags,
        summary: 'Add a flag',
        headers: creation,
        body: Document,
        querystring: because,
        response: { ...answers(Stored), 201: Stored },
      },
    },
    async (request, reply) => {
      const author = authorOf(request);
      const flag = await flags.create(requireDefinition(request.body), author);
      metrics.count('impact_flag_changes_total', { kind: 'created' satisfies ChangeKind });
      reply.status(201).header('location', `/api/v1/flags/${flag.id}`);
      return answerFlag(reply, requestScope(request), flag);
    },
  );
}

/** A document may repeat the id that stands in the address, and no other. */
function requireSameId(id: string, document: Readonly<Record<string, unknown>>): void {
  const named = document['id'] ?? id;
  if (named !== id) refuse('a flag keeps its id', { field: 'id', value: String(named), expected: id });
}

/** What storing adds may stand in a document, and is nobody's to change. */
const decided = ({ version: _, archived: _1, createdAt: _2, updatedAt: _3, ...document }: Readonly<Record<string, unknown>>) => document;

function addEditing(app: App, { flags, metrics }: ApiDeps): void {
  const schema = { tags, params, headers: conditional, body: Document, querystring: because, response: answers(Stored) };
  const counted = (kind: ChangeKind): void => metrics.count('impact_flag_changes_total', { kind });
  app.put(
    '/api/v1/flags/:id',
    { config: operator, schema: { ...schema, summary: 'Change a flag: what is left out gets its default' } },
    async (request, reply) => {
      const [author, { id }] = [authorOf(request), request.params];
      requireSameId(id, request.body);
      const definition = requireDefinition({ ...request.body, id });
      const flag = await flags.update(id, () => definition, expected(request), author);
      counted('updated');
      return answerFlag(reply, requestScope(request), flag);
    },
  );

  app.patch(
    '/api/v1/flags/:id',
    { config: operator, schema: { ...schema, summary: 'Change fields of a flag: what is left out stays' } },
    async (request, reply) => {
      const [author, { id }] = [authorOf(request), request.params];
      requireSameId(id, request.body);
      const assignments = assignmentsOf(decided(request.body));
      const flag = await flags.update(id, (present) => withAssignments(definitionOf(present), assignments), expected(request), author);
      counted('updated');
      return answerFlag(reply, requestScope(request), flag);
    },
  );
}

const Staging = Type.Object(
  { stage: Stage, evidence: Type.Optional(Type.Unknown({ description: 'The figures that led to it: any JSON, kept in the history' })) },
  { ...exact, examples: [{ stage: 'beta_10' }] },
);

function addStages(app: App, { flags, metrics }: ApiDeps): void {
  app.post(
    '/api/v1/flags/:id/stage',
    {
      config: operator,
      schema: {
        tags,
        summary: 'Roll a feature out further, or back',
        params,
        headers: conditional,
        body: Staging,
        querystring: because,
        response: answers(Stored),
      },
    },
    async (request, reply) => {
      const { stage, evidence } = request.body;
      const author = authorOf(request, evidence);
      const flag = await flags.update(
        request.params.id,
        (present) => requireDefinition({ ...definitionOf(present), stage }),
        expected(request),
        author,
      );
      metrics.count('impact_flag_changes_total', { kind: 'stage_changed' satisfies ChangeKind });
      return answerFlag(reply, requestScope(request), flag);
    },
  );

  const archiving = Type.Object({ ...why, archived: Type.Boolean({ default: true, description: 'false takes it out again' }) }, exact);
  app.post(
    '/api/v1/flags/:id/archive',
    {
      config: operator,
      schema: {
        tags,
        summary: 'Put a flag away: it is off, and its history stays',
        params,
        headers: conditional,
        querystring: archiving,
        response: answers(Stored),
      },
    },
    async (request, reply) => {
      const { archived } = request.query;
      const flag = await flags.setArchived(request.params.id, archived, expected(request), authorOf(request));
      metrics.count('impact_flag_changes_total', { kind: (archived ? 'archived' : 'unarchived') satisfies ChangeKind });
      return answerFlag(reply, requestScope(request), flag);
    },
  );
}

function addDeletion(app: App, { flags, metrics }: ApiDeps): void {
  app.delete(
    '/api/v1/flags/:id',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        tags,
        summary: 'Delete a flag; its history stays',
        params,
        headers: conditional,
        querystring: because,
        response: { 204: Type.Null(), '4xx': Problem },
      },
    },
    async (request, reply) => {
      await flags.remove(request.params.id, expected(request), authorOf(request));
      metrics.count('impact_flag_changes_total', { kind: 'deleted' satisfies ChangeKind });
      return reply.status(204).send(null);
    },
  );
}

export function addFlagChangeRoutes(app: App, deps: ApiDeps): void {
  addCreation(app, deps);
  addEditing(app, deps);
  addStages(app, deps);
  addDeletion(app, deps);
}
