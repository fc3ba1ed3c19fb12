/** GET /api/v1/lag: how far each stage is behind. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { type LagRow, lagRows } from '../query/lag.ts';
import { seesEveryTenant } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant, nullable } from './schemas.ts';

const Partition = Type.Object({
  topic: Type.String(),
  partition: Type.Integer(),
  committedOffset: nullable(Type.Integer({ description: 'Null: nothing committed yet' })),
  endOffset: Type.Integer(),
  lag: Type.Integer({ description: 'Records' }),
  eventLagSeconds: nullable(Type.Number()),
  sampledAt: instant(),
});
const Stage = Type.Object({
  stage: Type.String(),
  lag: Type.Integer({ description: 'Records, over all partitions' }),
  partitions: Type.Array(Partition),
});
const LagAnswer = Type.Object({ stages: Type.Array(Stage) });
export type LagFigures = Static<typeof LagAnswer>;

const partitionText = ({ stage: _, committedOffset, sampledAt, ...row }: LagRow): Static<typeof Partition> => ({
  ...row,
  committedOffset: committedOffset < 0 ? null : committedOffset,
  sampledAt: new Date(sampledAt * 1000).toISOString(),
});

function stagesText(rows: readonly LagRow[]): Static<typeof Stage>[] {
  const stages = Object.entries(Object.groupBy(rows, ({ stage }) => stage));
  return stages.map(([stage, of = []]) => ({ stage, lag: of.reduce((sum, { lag }) => sum + lag, 0), partitions: of.map(partitionText) }));
}

export function addLagRoutes(app: App, { clickhouse, now }: ApiDeps): void {
  const schema = {
    tags: ['operation'],
    summary: 'How far each stage is behind',
    description:
      'The newest samples, at most five minutes old. Partitions are shared by all tenants, so a token of one tenant may not ask.',
    response: answers(LagAnswer),
  };
  app.get('/api/v1/lag', { config: { cacheable: false }, schema }, async (request) => {
    const scope = requestScope(request);
    if (!seesEveryTenant(scope)) throw new ImpactError('forbidden', 'lag is of the whole platform; this token belongs to one tenant');
    return { stages: stagesText(await ask(clickhouse, lagRows(scope, now()))) };
  });
}
