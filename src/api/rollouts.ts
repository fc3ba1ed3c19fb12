/** /api/v1/rollouts: plans over which features go to everybody. Every figure is of all tenants, so are the tokens. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import type { Author } from '../domain/flags/change.ts';
import type { RolloutCommand } from '../domain/rollout/command.ts';
import { rollbackReasons, statuses } from '../domain/rollout.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { basedOn, FlagId, requireEveryTenant } from './flags/answer.ts';
import { answerRollout, PlanDocument, Shown, ShownStep, shownRollout, shownStep } from './rollout-answer.ts';
import { answers } from './schemas.ts';

const tags = ['rollouts'];
const exact = { additionalProperties: false } as const;
const params = Type.Object({ flag: FlagId });
const why = Type.Object(
  {
    reason: Type.String({ pattern: '^[^\\u0000-\\u001f]{0,500}$', default: 'decided through the API', description: 'Kept in the history' }),
  },
  exact,
);
const once = {
  'idempotency-key': Type.Optional(Type.String({ description: 'The same key makes the same request count once, for a day' })),
};
const match = (description: string) => Type.Optional(Type.String({ description }));
const planning = Type.Object({ ...once, 'if-match': match('The ETag of the rollout that this plan replaces, where there was one') });
const conditional = Type.Object({ ...once, 'if-match': match('The ETag that GET gave: "3" for version 3; * acts on whatever there is') });
const operator = { role: 'operator', idempotent: true } as const;

type Request = FastifyRequest<{ Querystring: Static<typeof why> }>;

const requireAll = (request: FastifyRequest): void => requireEveryTenant(requestScope(request), 'a rollout');

function authorOf(request: Request): Author {
  requireAll(request);
  return { by: callerOf(request).name, reason: request.query.reason };
}

const noRollout = (flag: string): ImpactError => new ImpactError('not_found', `there is no rollout of a flag ${flag}`);

function addReading(app: App, { rollouts }: ApiDeps): void {
  const filter = Type.Object({ status: Type.Optional(Type.Enum(statuses)) }, exact);
  const List = Type.Object({ rollouts: Type.Array(Shown) });
  const listing = { tags, summary: 'Rollouts, by flag', querystring: filter, response: answers(List) };
  app.get('/api/v1/rollouts', { schema: listing }, async (request) => {
    requireAll(request);
    const { status } = request.query;
    return { rollouts: (await rollouts.list(status === undefined ? undefined : [status])).map(shownRollout) };
  });

  const one = { tags, summary: 'The rollout of a flag: its plan, where it is, what is missing', params, response: answers(Shown) };
  app.get('/api/v1/rollouts/:flag', { schema: one }, async (request, reply) => {
    requireAll(request);
    const rollout = await rollouts.get(request.params.flag);
    if (rollout === null) throw noRollout(request.params.flag);
    return answerRollout(reply, rollout);
  });

  const Steps = Type.Object({ steps: Type.Array(ShownStep) });
  const past = {
    tags,
    summary: 'Every step of a flag’s rollouts, with its evidence; the last one first',
    params,
    response: answers(Steps),
  };
  app.get('/api/v1/rollouts/:flag/history', { schema: past }, async (request) => {
    requireAll(request);
    const steps = await rollouts.history(request.params.flag);
    if (steps.length === 0) throw noRollout(request.params.flag);
    return { steps: steps.map(shownStep) };
  });
}

function addPlanning(app: App, { rollouts }: ApiDeps): void {
  const schema = {
    tags,
    summary: 'Plan a rollout; nothing starts yet',
    headers: planning,
    body: PlanDocument,
    querystring: why,
    response: { ...answers(Shown), 201: Shown },
  };
  app.post('/api/v1/rollouts', { config: operator, schema }, async (request, reply) => {
    const author = authorOf(request);
    const header = request.headers['if-match'];
    const rollout = await rollouts.plan(request.body.flagId, request.body, header === undefined ? null : basedOn(header), author);
    reply.status(201).header('location', `/api/v1/rollouts/${rollout.flagId}`);
    return answerRollout(reply, rollout);
  });
}

const None = Type.Object({}, exact);
const Advance = Type.Object(
  { force: Type.Boolean({ default: false, description: 'Although gates are missing; the history says so, and which' }) },
  exact,
);
const Rollback = Type.Object({ cause: Type.Enum(rollbackReasons, { default: 'manual' }) }, exact);

/** Each command is a route of its own, so that what it may be told stands in its schema. */
const orders = [
  { name: 'start', summary: 'Start a planned rollout', body: None },
  { name: 'advance', summary: 'Go on to the next stage now, if its gates are met', body: Advance },
  { name: 'approve', summary: 'Say yes to the stage that the rollout asks for', body: None },
  { name: 'pause', summary: 'Keep the present stage until it is resumed', body: None },
  { name: 'resume', summary: 'Go on from where the flag is', body: None },
  { name: 'rollback', summary: 'Switch the feature off and end the rollout', body: Rollback },
] as const;

function commandOf(name: (typeof orders)[number]['name'], body: object): RolloutCommand {
  if (name === 'advance') return { kind: 'advance', force: (body as Static<typeof Advance>).force };
  if (name === 'rollback') return { kind: 'rollback', cause: (body as Static<typeof Rollback>).cause };
  return { kind: name };
}

/** Without a body it is the plain command. */
async function bodyForNone(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

function addCommands(app: App, { rollouts }: ApiDeps): void {
  for (const { name, summary, body } of orders) {
    const schema = { tags, summary, params, headers: conditional, body, querystring: why, response: answers(Shown) };
    app.post(`/api/v1/rollouts/:flag/${name}`, { config: operator, schema, preValidation: bodyForNone }, async (request, reply) => {
      const author = authorOf(request);
      const command = commandOf(name, request.body as object);
      return answerRollout(reply, await rollouts.command(request.params.flag, command, basedOn(request.headers['if-match']), author));
    });
  }
}

export function addRolloutRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addPlanning(app, deps);
  addCommands(app, deps);
}
