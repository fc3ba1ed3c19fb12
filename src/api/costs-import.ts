/** POST /api/v1/costs and /api/v1/costs/import: invoices in FOCUS columns, JSON and CSV. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { focusRowsOfCsv, focusRowsOfJson, type ReadRows } from '../domain/focus/file.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { type ImportResult, importCosts } from '../query/cost-import.ts';
import { callerOf } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { createPublisher } from './publish.ts';
import { answers, Usd } from './schemas.ts';

const IMPORT_BYTES = 32 * 1024 * 1024;
const tags = ['costs'];

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

export function addCostImports(app: App, deps: ApiDeps): void {
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

  // In a context of its own: everywhere else CSV stays a type that nobody takes.
  app.register(async (csv: App) => {
    csv.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: IMPORT_BYTES }, (_request, body, done) => done(null, body));
    csv.post(
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
  });
}
