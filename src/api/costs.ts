/** /api/v1/costs: what days cost, and invoices in FOCUS columns. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type CostDimension, type CostSum, costDimensions, costProvenances, sumCosts } from '../domain/cost.ts';
import { recurringOfDay } from '../domain/cost-recurring.ts';
import { focusRowsOfCsv, focusRowsOfJson, type ReadRows } from '../domain/focus-file.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { dayAt, isDay, plusDays } from '../domain/zone.ts';
import { type ImportResult, importCosts } from '../query/cost-import.ts';
import { costsOfDays } from '../query/costs.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { createPublisher } from './publish.ts';
import { answers, Day, FeatureId, nullable, TenantId, Usd } from './schemas.ts';
import { refuse } from './when.ts';

const MOST_DAYS = 3_660;
const IMPORT_BYTES = 32 * 1024 * 1024;
const tags = ['costs'];

const querystring = Type.Object(
  {
    from: Type.Optional({ ...Day, description: 'First day; default: 30 days up to the last one' }),
    to: Type.Optional({ ...Day, description: 'Last day, which is part of the answer; default: today' }),
    by: Type.Array(Type.Enum([...costDimensions]), { uniqueItems: true, default: ['category'], description: 'One sum for each' }),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
    category: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: false },
);

const Sum = Type.Object({
  day: Type.Optional(Type.String()),
  month: Type.Optional(Type.String()),
  category: Type.Optional(Type.String()),
  feature: Type.Optional(Type.String()),
  tenant: Type.Optional(nullable(Type.String({ description: 'null: no tenant caused it' }))),
  provenance: Type.Optional(Type.Enum([...costProvenances], { description: 'recurring: an estimate by configuration' })),
  amountUsd: Usd,
});
const Answer = Type.Object({
  currency: Type.Literal('USD'),
  timeZone: Type.String(),
  from: Type.String(),
  to: Type.String(),
  totalUsd: Usd,
  estimatedUsd: { ...Usd, description: 'How much of the total is an estimate' },
  costs: Type.Array(Sum),
});

/** Days that are over or have begun. */
function spanOf({ from, to }: Static<typeof querystring>, zone: string, now: number): { from: string; to: string } {
  const today = dayAt(zone, now);
  const last = to ?? today;
  const first = from ?? plusDays(last, -29);
  for (const [field, day] of [['from', first] as const, ['to', last] as const])
    if (!isDay(day) || day > today) refuse('there are no costs of that day', { field, value: day, expected: `a day up to ${today}` });
  if (first > last || plusDays(first, MOST_DAYS) <= last)
    refuse('that is no span of days', {
      field: 'from',
      value: first,
      expected: `a day up to ${last}, at most ${MOST_DAYS} days before it`,
    });
  return { from: first, to: last };
}

const sumText = ({ key, amountUsdMicros }: CostSum): Static<typeof Sum> =>
  ({ ...key, amountUsd: usdOfMicros(amountUsdMicros) }) as Static<typeof Sum>;

function addReading(app: App, deps: ApiDeps): void {
  const { config } = deps;
  app.get(
    '/api/v1/costs',
    {
      schema: {
        tags,
        summary: 'What days cost',
        description: 'Events of the costs topic, manual rows, and on days without either of a category the recurring estimate of it.',
        querystring,
        response: answers(Answer),
      },
    },
    async (request) => {
      const { tenant, feature, category, by } = request.query;
      const span = spanOf(request.query, config.timeZone, deps.now());
      const found = await costsOfDays(deps, requestScope(request, tenant), { from: span.from, to: plusDays(span.to, 1) });
      const lines = found.filter(
        (line) => (feature === undefined || line.featureId === feature) && (category === undefined || line.category === category),
      );
      const usd = (some: typeof lines): string => usdOfMicros(sumCosts(some, [])[0]?.amountUsdMicros ?? 0);
      return {
        currency: 'USD' as const,
        timeZone: config.timeZone,
        ...span,
        totalUsd: usd(lines),
        estimatedUsd: usd(lines.filter(({ provenance }) => provenance === 'recurring')),
        costs: sumCosts(lines, by as CostDimension[]).map(sumText),
      };
    },
  );

  const Estimates = Type.Object({
    currency: Type.Literal('USD'),
    from: nullable(Type.String({ description: 'First day with estimates; null: the first day of which anything is stored' })),
    recurring: Type.Array(Type.Object({ category: Type.String(), usdPerYear: Usd, todayUsd: Usd })),
  });
  app.get(
    '/api/v1/costs/recurring',
    {
      schema: {
        tags,
        summary: 'Recurring costs by configuration, which count where nothing better is known',
        response: answers(Estimates),
      },
    },
    () => {
      const today = recurringOfDay(dayAt(config.timeZone, deps.now()), config.costsRecurring);
      const recurring = today.map(({ category, amountUsdMicros }) => ({
        category,
        usdPerYear: usdOfMicros(Number(config.costsRecurring[category]) * 1e6),
        todayUsd: usdOfMicros(amountUsdMicros),
      }));
      return { currency: 'USD' as const, from: config.costsRecurringFrom || null, recurring };
    },
  );
}

const importQuery = Type.Object(
  {
    dryRun: Type.Boolean({ default: false, description: 'Judge every row and import none' }),
    older: Type.Enum(['refuse', 'manual'] as const, {
      default: 'refuse',
      description: 'Days past the retention of raw events: refuse them, or keep them as manual rows of operating_costs_daily',
    }),
    replace: Type.Boolean({
      default: false,
      description:
        'The dataset is whole: what was imported of the same provider, account and billing period and is not in it is taken back',
    }),
  },
  { additionalProperties: false },
);
const Imported = Type.Object({
  rows: Type.Integer(),
  added: Type.Integer(),
  changed: Type.Integer({ description: 'Charges that were booked with another amount or category: corrections' }),
  unchanged: Type.Integer(),
  retracted: Type.Integer(),
  manualDays: Type.Integer({ description: 'Days kept as manual rows' }),
  amountUsd: { ...Usd, description: 'What all rows come to' },
  dryRun: Type.Boolean(),
});

const importText = ({ amountUsdMicros, ...rest }: ImportResult): Static<typeof Imported> => ({
  ...rest,
  amountUsd: usdOfMicros(amountUsdMicros),
});

const exampleRow = {
  ProviderName: 'Example Cloud',
  BillingAccountId: '1234',
  InvoiceId: 'INV-2026-01',
  ChargePeriodStart: '2026-01-10T00:00:00Z',
  ChargePeriodEnd: '2026-01-11T00:00:00Z',
  ChargeCategory: 'Usage',
  ServiceCategory: 'AI and Machine Learning',
  ServiceName: 'Example Models',
  BilledCost: 24.5,
  EffectiveCost: 24.5,
  ListCost: 30,
  BillingCurrency: 'USD',
  Tags: { feature: 'ai_coaching', tenant: 'acme' },
};

function addImports(app: App, deps: ApiDeps): void {
  const publish = createPublisher(deps);
  const take = async (request: FastifyRequest<{ Querystring: Static<typeof importQuery> }>, rows: ReadRows) => {
    const { name, scope } = callerOf(request);
    const options = { ...request.query, by: name, now: deps.now(), onlyTenant: scope.tenantId };
    const result = await importCosts(
      deps.postgres,
      (events) =>
        publish(
          events,
          events.map(() => null),
        ),
      rows,
      deps.config,
      options,
    );
    return importText(result);
  };
  const shared = { config: { role: 'operator', idempotent: true }, bodyLimit: IMPORT_BYTES } as const;

  app.post(
    '/api/v1/costs',
    {
      ...shared,
      schema: {
        tags,
        summary: 'Import charges in FOCUS 1.2 columns, JSON; all rows or none, and the same rows again change nothing',
        querystring: importQuery,
        body: Type.Object({ rows: Type.Unknown({ description: 'An array of FOCUS rows' }) }, { examples: [{ rows: [exampleRow] }] }),
        response: answers(Imported),
      },
    },
    (request) => take(request, focusRowsOfJson(request.body.rows)),
  );

  app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: IMPORT_BYTES }, (_request, body, done) => done(null, body));
  app.post(
    '/api/v1/costs/import',
    {
      ...shared,
      schema: {
        tags,
        summary: 'Import a FOCUS 1.2 dataset, CSV; all rows or none, and the same file again changes nothing',
        consumes: ['text/csv'],
        querystring: importQuery,
        body: Type.String({ description: 'The first line names the columns; up to 32 MB' }),
        response: answers(Imported),
      },
    },
    (request) => take(request, focusRowsOfCsv(request.body)),
  );
}

export function addCostRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addImports(app, deps);
}
