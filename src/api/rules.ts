/** /api/v1/rules: alert rules, versioned by If-Match, every change audited. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { createRule, deleteRule, listRules, ruleHistory, updateRule } from '../query/rules.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import {
  answerStored,
  Document,
  expectedVersion,
  keepsTenant,
  meantTenant,
  requireOwn,
  ruleOf,
  Stored,
  storedText,
  Version,
  versionText,
  visible,
  visibleRule,
} from './rule-answer.ts';
import { answers, Problem, TenantId } from './schemas.ts';
import { refuse } from './when.ts';

const params = Type.Object({ id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$', examples: ['websocket-latency'] }) });
const exact = { additionalProperties: false } as const;
const why = {
  reason: Type.String({ pattern: '^[^\\u0000-\\u001f]{0,500}$', default: 'changed through the API', description: 'Kept in the history' }),
};
const whose = { tenant: Type.Optional({ ...TenantId, description: 'Whose rule is meant, where several tenants have one of this id' }) };
const creation = Type.Object(why, exact);
const which = Type.Object(whose, exact);
const change = Type.Object({ ...whose, ...why }, exact);
const conditional = Type.Object({ 'if-match': Type.Optional(Type.String({ description: 'The ETag that GET gave: "3" for version 3' })) });

const changeOf = (request: FastifyRequest<{ Querystring: Static<typeof creation> }>) => ({
  by: callerOf(request).name,
  reason: request.query.reason,
});

function addReading(app: App, deps: ApiDeps): void {
  const tags = ['alerts'];
  app.get(
    '/api/v1/rules',
    { schema: { tags, summary: 'Alert rules', response: answers(Type.Object({ rules: Type.Array(Stored) })) } },
    async (request) => {
      const scope = requestScope(request);
      return { rules: (await listRules(deps.postgres)).filter(({ rule }) => visible(scope, rule.tenant)).map(storedText) };
    },
  );

  app.get(
    '/api/v1/rules/:id',
    { schema: { tags, summary: 'One rule; its ETag is its version', params, querystring: which, response: answers(Stored) } },
    async (request, reply) => answerStored(reply, await visibleRule(deps, requestScope(request, request.query.tenant), request.params.id)),
  );

  app.get(
    '/api/v1/rules/:id/history',
    {
      schema: {
        tags,
        summary: 'Who changed a rule, when and why; deleted ones too',
        params,
        querystring: which,
        response: answers(Type.Object({ versions: Type.Array(Version) })),
      },
    },
    async (request) => {
      const { id } = request.params;
      const versions = await ruleHistory(deps.postgres, id);
      const meant = meantTenant(
        requestScope(request, request.query.tenant),
        id,
        versions.map(({ tenant }) => tenant),
      );
      return { versions: versions.filter(({ tenant }) => tenant === meant).map(versionText) };
    },
  );
}

function addWriting(app: App, deps: ApiDeps): void {
  const tags = ['alerts'];
  const config = { role: 'operator' } as const;
  app.post(
    '/api/v1/rules',
    {
      config,
      schema: { tags, summary: 'Add a rule', body: Document, querystring: creation, response: { ...answers(Stored), 201: Stored } },
    },
    async (request, reply) => {
      const rule = ruleOf(request.body, deps.config);
      requireOwn(requestScope(request), rule);
      const stored = await createRule(deps.postgres, rule, changeOf(request));
      reply.status(201).header('location', `/api/v1/rules/${rule.id}`);
      return answerStored(reply, stored);
    },
  );

  app.put(
    '/api/v1/rules/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a rule',
        params,
        headers: conditional,
        body: Document,
        querystring: change,
        response: answers(Stored),
      },
    },
    async (request, reply) => {
      const scope = requestScope(request, request.query.tenant);
      const { id } = request.params;
      const named = request.body['id'] ?? id;
      if (named !== id) refuse('a rule keeps its id', { field: 'id', value: String(named), expected: id });
      const rule = ruleOf({ ...request.body, id }, deps.config);
      const { rule: present } = await visibleRule(deps, scope, id);
      requireOwn(scope, present);
      requireOwn(scope, rule);
      keepsTenant(rule, present);
      return answerStored(reply, await updateRule(deps.postgres, rule, expectedVersion(request.headers['if-match']), changeOf(request)));
    },
  );

  app.delete(
    '/api/v1/rules/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a rule; its history stays',
        params,
        headers: conditional,
        querystring: change,
        response: { 204: Type.Null(), '4xx': Problem },
      },
    },
    async (request, reply) => {
      const scope = requestScope(request, request.query.tenant);
      const { rule } = await visibleRule(deps, scope, request.params.id);
      requireOwn(scope, rule);
      await deleteRule(deps.postgres, rule, expectedVersion(request.headers['if-match']), changeOf(request));
      return reply.status(204).send(null);
    },
  );
}

export function addRuleRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addWriting(app, deps);
}
