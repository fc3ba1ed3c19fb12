/** Replays over HTTP: what one would change, starting one, and how far it is. The work itself arrives as a function. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../../domain/errors.ts';
import type { Change as ReplayChange } from '../../query/replay.ts';
import { replayList } from '../../query/replay-list.ts';
import { callerOf, requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { requireEveryTenant } from '../flags/answer.ts';
import { answers, Day, FeatureId, instant, nullable, TenantId } from '../schemas.ts';
import { refuse } from '../when.ts';

/** `from` and `to` are ms since 1970, whole UTC days. */
export type ReplayOrder = { from: number; to: number; tenant?: string | undefined; feature?: string | undefined; dryRun: boolean };
export type ReplayNow = { phase: string; done: number; total: number; day: string | null; etaMs: number | null; reason?: string };
/** Runs a replay to its end, or with `dryRun` says what it would change. */
export type RunReplay = (
  order: ReplayOrder,
  onProgress: (progress: ReplayNow) => void,
  signal: AbortSignal,
) => Promise<{ days: string[]; tenants: number; changes: ReplayChange[]; durationMs: number }>;

const DAY_MS = 86_400_000;
/** Comparing reads every event of the range while somebody waits for the answer. */
const LONGEST_COMPARISON_DAYS = 31;

const Range = Type.Object(
  {
    from: Type.String({ ...Day, description: 'First day, UTC' }),
    to: Type.String({ ...Day, description: 'Last day, UTC' }),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
  },
  { additionalProperties: false },
);
const Progress = Type.Object({
  phase: Type.String(),
  done: Type.Integer(),
  total: Type.Integer(),
  day: nullable(Type.String()),
  etaMs: nullable(Type.Number()),
});
const Job = Type.Object({
  state: Type.Enum(['running', 'done', 'failed']),
  by: Type.String(),
  startedAt: instant(),
  endedAt: nullable(instant()),
  progress: nullable(Progress),
  error: nullable(Type.String()),
});
const Past = Type.Object({
  id: Type.String(),
  from: Type.String(),
  to: Type.String({ description: 'Last day' }),
  tenant: nullable(Type.String()),
  feature: nullable(Type.String()),
  source: Type.String(),
  state: Type.String(),
  days: Type.Integer(),
  daysDone: Type.Integer(),
  startedAt: instant(),
  updatedAt: instant(),
});
const Replays = Type.Object({
  job: nullable(Type.Object(Job.properties, { description: 'The one that this process runs, or ran last' })),
  replays: Type.Array(Past, { description: 'Youngest first, of any process' }),
});
export type ReplaysAnswer = Static<typeof Replays>;
const Change = Type.Object({
  tenant: Type.String(),
  feature: Type.String(),
  metric: Type.String(),
  buckets: Type.Integer({ description: 'Minutes that differ' }),
  n_now: Type.Number(),
  n_then: Type.Number(),
  sum_now: Type.Number(),
  sum_then: Type.Number(),
  value_usd_now: Type.String(),
  value_usd_then: Type.String(),
});
const Comparison = Type.Object({
  days: Type.Array(Type.String()),
  tenants: Type.Integer(),
  changes: Type.Array(Change),
  durationMs: Type.Number(),
});
export type ComparisonAnswer = Static<typeof Comparison>;

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

function orderOf({ from, to, tenant, feature }: Static<typeof Range>, dryRun: boolean): ReplayOrder {
  if (from <= to) return { from: startOf(from), to: startOf(to) + DAY_MS, tenant, feature, dryRun };
  return refuse('the range is empty', { field: 'to', value: to, expected: `${from} or later` });
}

type Running = Static<typeof Job>;

/** At most one at a time in this process; Postgres sees to it that there is one in all. */
function createRunner(run: RunReplay, now: () => number) {
  const ending = new AbortController();
  let job: Running | null = null;
  const iso = (): string => new Date(now()).toISOString();
  return {
    job: () => job,
    end: () => ending.abort(new Error('the process ends; the replay goes on when it is started again')),
    start(order: ReplayOrder, by: string): Running {
      if (job?.state === 'running') throw new ImpactError('conflict', 'a replay is running already; wait for it');
      const mine: Running = { state: 'running', by, startedAt: iso(), endedAt: null, progress: null, error: null };
      job = mine;
      const report = ({ phase, done, total, day, etaMs }: ReplayNow): void => {
        mine.progress = { phase, done, total, day, etaMs };
      };
      void run(order, report, ending.signal).then(
        () => Object.assign(mine, { state: 'done', endedAt: iso() }),
        (error: Error) => Object.assign(mine, { state: 'failed', endedAt: iso(), error: error.message }),
      );
      return mine;
    },
  };
}

export function addReplays(app: App, { replay, postgres, now }: ApiDeps): void {
  const tags = ['operation'];
  const config = { role: 'operator' } as const;
  const run: RunReplay = replay ?? (() => Promise.reject(new ImpactError('unavailable', 'this process cannot replay')));
  const runner = createRunner(run, now);
  app.addHook('preClose', async () => runner.end());

  app.get(
    '/api/v1/replays',
    { config: { cacheable: false }, schema: { tags, summary: 'Replays, and how far the running one is', response: answers(Replays) } },
    async (request) => {
      requireEveryTenant(requestScope(request), 'the list of replays');
      return { job: runner.job(), replays: await replayList(postgres) };
    },
  );
  app.post(
    '/api/v1/replays/compare',
    {
      config,
      schema: { tags, summary: 'What a replay of these days would change; nothing is changed', body: Range, response: answers(Comparison) },
    },
    async (request) => {
      requireEveryTenant(requestScope(request), 'a replay');
      const order = orderOf(request.body, true);
      if (order.to - order.from > LONGEST_COMPARISON_DAYS * DAY_MS)
        refuse('these are too many days to compare at once', {
          field: 'from',
          value: request.body.from,
          expected: `at most ${LONGEST_COMPARISON_DAYS} days; impact replay --dry-run takes any number`,
        });
      const { days, tenants, changes, durationMs } = await run(order, () => {}, request.signal);
      return { days, tenants, changes: [...changes], durationMs };
    },
  );
  app.post(
    '/api/v1/replays',
    {
      config,
      schema: {
        tags,
        summary: 'Rebuild the rollups of these days, and make them active at once when all are done',
        description: 'It goes on in the process that was asked; GET tells how far it is. Given again, an interrupted one is resumed.',
        body: Range,
        response: { ...answers(Job), 202: Job },
      },
    },
    async (request, reply) => {
      requireEveryTenant(requestScope(request), 'a replay');
      if (replay === undefined) throw new ImpactError('unavailable', 'this process cannot replay');
      return reply.status(202).send(runner.start(orderOf(request.body, false), callerOf(request).name));
    },
  );
}
