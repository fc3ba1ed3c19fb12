/** What could not be used, and another try: GET /api/v1/data-quality, POST /api/v1/dead-letters/redrive. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../../domain/errors.ts';
import { deadLetterReasons } from '../../domain/event.ts';
import { lateGroups, letterGroups, newestLetters } from '../../query/quality.ts';
import { ask } from '../../query/statement.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { requireEveryTenant } from '../flags/answer.ts';
import { answers, InstantOrDay, instant, nullable, TenantId } from '../schemas.ts';
import { instantOf } from '../when.ts';

const WEEK_MS = 7 * 86_400_000;
const SHOWN = 100;
const Text = nullable(Type.String());

const Letters = Type.Object({
  reason: Type.String(),
  topic: Type.String(),
  n: Type.Integer(),
  firstAt: instant(),
  lastAt: instant(),
  attempts: Type.Integer(),
});
const Letter = Type.Object({
  id: Type.String({ description: 'partition:offset in the dead-letter topic, as `impact dlq show` takes it' }),
  at: instant(),
  reason: Type.String(),
  message: Type.String(),
  field: Text,
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.Integer(),
  tenant: Text,
  feature: Text,
  attempt: Type.Integer(),
});
const Late = Type.Object({
  stage: Type.String(),
  feature: Type.String(),
  n: Type.Integer(),
  medianSeconds: Type.Number(),
  worstSeconds: Type.Number(),
  lastAt: instant(),
});
const Quality = Type.Object({ from: instant(), deadLetters: Type.Array(Letters), newest: Type.Array(Letter), late: Type.Array(Late) });
export type QualityAnswer = Static<typeof Quality>;

/** Letters that were, or would be, sent again. */
export type Redriven = { reason: string; topic: string; count: number }[];
export type RedriveChoice = { since: number; reason?: string | undefined; topic?: string | undefined };
/** Sends dead letters to their topics again; with `dryRun` it only says which. */
export type Redrive = (choice: RedriveChoice, dryRun: boolean) => Promise<Redriven>;

const iso = (ms: number): string => new Date(ms).toISOString();
const orNull = (text: string): string | null => (text === '' ? null : text);

function addReading(app: App, { clickhouse, config, now }: ApiDeps): void {
  const querystring = Type.Object({ from: Type.Optional(InstantOrDay), tenant: Type.Optional(TenantId) }, { additionalProperties: false });
  const schema = {
    tags: ['operation'],
    summary: 'Dead letters and late events, of the last seven days unless said otherwise',
    querystring,
    response: answers(Quality),
  };
  app.get('/api/v1/data-quality', { schema }, async (request) => {
    const scope = requestScope(request, request.query.tenant);
    const from = request.query.from === undefined ? now() - WEEK_MS : instantOf(request.query.from, config.timeZone, 'from');
    const [groups, newest, late] = await Promise.all([
      ask(clickhouse, letterGroups(scope, from)),
      ask(clickhouse, newestLetters(scope, from, SHOWN)),
      ask(clickhouse, lateGroups(scope, from)),
    ]);
    return {
      from: iso(from),
      deadLetters: groups.map((row) => ({ ...row, firstAt: iso(row.firstAt), lastAt: iso(row.lastAt) })),
      newest: newest.map((row) => ({
        ...row,
        at: iso(row.at),
        field: orNull(row.field),
        tenant: orNull(row.tenant),
        feature: orNull(row.feature),
      })),
      late: late.map((row) => ({ ...row, lastAt: iso(row.lastAt) })),
    };
  });
}

const Order = Type.Object(
  {
    since: Type.Optional(InstantOrDay),
    reason: Type.Optional(Type.Enum([...deadLetterReasons])),
    topic: Type.Optional(Type.String({ maxLength: 256 })),
    dryRun: Type.Boolean({ default: true, description: 'Only say what would be sent' }),
  },
  { additionalProperties: false },
);
const Sent = Type.Object({
  dryRun: Type.Boolean(),
  total: Type.Integer(),
  groups: Type.Array(Type.Object({ reason: Type.String(), topic: Type.String(), count: Type.Integer() })),
});
export type RedriveAnswer = Static<typeof Sent>;

function addRedriving(app: App, { redrive, config }: ApiDeps): void {
  const description =
    'Each is sent to the topic that it came from; what was stored meanwhile is not stored twice. A dry run unless dryRun is false.';
  const schema = { tags: ['operation'], summary: 'Send dead letters again', description, body: Order, response: answers(Sent) };
  app.post('/api/v1/dead-letters/redrive', { config: { role: 'operator' }, schema }, async (request) => {
    requireEveryTenant(requestScope(request), 'the dead-letter topic');
    if (redrive === undefined) throw new ImpactError('unavailable', 'this process cannot send dead letters again');
    const { since, reason, topic, dryRun } = request.body;
    const from = since === undefined ? 0 : instantOf(since, config.timeZone, 'since');
    const groups = await redrive({ since: from, reason, topic }, dryRun);
    return { dryRun, total: groups.reduce((sum, { count }) => sum + count, 0), groups };
  });
}

export function addDataQuality(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addRedriving(app, deps);
}
