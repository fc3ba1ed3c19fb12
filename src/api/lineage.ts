/** GET /api/v1/events/{id}: where an event came from, what is stored of it, and which figures it is part of. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { type RevisionRow, type RollupRow, revisionRows, rollupRowsOf } from '../query/lineage.ts';
import { ask } from '../query/statement.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant, nullable, TenantId, Usd } from './schemas.ts';

const Measurement = Type.Object({ metric: Type.String(), value: Type.Number(), valueUsd: Usd });
const Place = Type.Object({
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.Integer(),
  recordedAt: instant('The record’s own timestamp'),
});
const Revision = Type.Object({
  revision: Type.Integer(),
  holds: Type.Boolean({ description: 'Whether this is the statement that counts' }),
  retracted: Type.Boolean(),
  occurredAt: instant(),
  storedAt: instant(),
  userId: nullable(Type.String()),
  entityId: nullable(Type.String()),
  variant: nullable(Type.String()),
  source: Type.String(),
  measurements: Type.Array(Measurement),
  attributes: Type.Record(Type.String(), Type.String()),
  kafka: Place,
  payloadHash: Type.String({ description: 'Two hashes at one revision are two stories under one id: a conflict' }),
});
const Rollup = Type.Object({
  tier: Type.Enum(['1m', '1h', '1d']),
  bucket: instant('Begin of the bucket, UTC'),
  metric: Type.String(),
  variant: nullable(Type.String()),
  n: Type.Integer(),
  sum: Type.Number(),
  min: Type.Number(),
  max: Type.Number(),
  valueUsd: Usd,
});
const Event = Type.Object({
  tenant: Type.String(),
  feature: Type.String(),
  kind: Type.String(),
  revisions: Type.Array(Revision, { description: 'The one that holds first; those that a merge has replaced are gone' }),
  rollups: Type.Array(Rollup, { description: 'The rows that it counts in, as they are now; none for a retracted event' }),
});
const Lineage = Type.Object({
  eventId: Type.String(),
  events: Type.Array(Event, { description: 'More than one only where an id was used for several tenants, features or minutes' }),
});

export type LineageAnswer = Static<typeof Lineage>;

const orNull = (text: string): string | null => (text === '' ? null : text);
/** ClickHouse writes milliseconds only where there are some. */
const iso = (text: string): string => new Date(text).toISOString();

function revisionText(row: RevisionRow, index: number): Static<typeof Revision> {
  return {
    revision: row.revision,
    holds: index === 0,
    retracted: row.retracted,
    occurredAt: iso(row.occurredAt),
    storedAt: iso(row.storedAt),
    userId: orNull(row.userId),
    entityId: orNull(row.entityId),
    variant: orNull(row.variant),
    source: row.source,
    measurements: row.metrics.map((metric, i) => ({
      metric,
      value: row.values[i] ?? 0,
      valueUsd: usdOfMicros(row.valuesUsdMicros[i] ?? 0),
    })),
    attributes: row.attributes,
    kafka: { topic: row.topic, partition: row.partition, offset: row.offset, recordedAt: iso(row.recordedAt) },
    payloadHash: row.payloadHash,
  };
}

const rollupText = ({ variant, bucket, valueUsdMicros, ...row }: RollupRow): Static<typeof Rollup> => ({
  ...row,
  valueUsd: usdOfMicros(valueUsdMicros),
  variant: orNull(variant),
  bucket: new Date(bucket * 1000).toISOString(),
});

async function eventText(deps: ApiDeps, rows: readonly RevisionRow[]): Promise<Static<typeof Event>[]> {
  const [newest] = rows;
  if (newest === undefined) return [];
  const rollups = newest.retracted ? [] : await ask(deps.clickhouse, rollupRowsOf(newest));
  const { tenant, feature, kind } = newest;
  return [{ tenant, feature, kind, revisions: rows.map(revisionText), rollups: rollups.map(rollupText) }];
}

/** Rows of one identity stand together, newest first. */
function byIdentity(rows: readonly RevisionRow[]): RevisionRow[][] {
  return Object.values(Object.groupBy(rows, ({ tenant, feature, minute }) => JSON.stringify([tenant, feature, minute]))) as RevisionRow[][];
}

export function addLineageRoutes(app: App, deps: ApiDeps): void {
  const schema = {
    tags: ['events'],
    summary: 'What became of an event',
    params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
    querystring: Type.Object({ tenant: Type.Optional(TenantId) }, { additionalProperties: false }),
    response: answers(Lineage),
  };
  app.get('/api/v1/events/:id', { schema }, async (request) => {
    const eventId = request.params.id.toLowerCase();
    const rows = await ask(deps.clickhouse, revisionRows(requestScope(request, request.query.tenant), eventId));
    if (rows.length === 0)
      throw new ImpactError(
        'not_found',
        `no event ${eventId} is stored; it may be on its way, dead-lettered, or older than the raw retention`,
      );
    const events = await Promise.all(byIdentity(rows).map((of) => eventText(deps, of)));
    return { eventId, events: events.flat() };
  });
}
