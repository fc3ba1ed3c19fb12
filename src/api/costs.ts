/** /api/v1/costs: what days cost, and the estimates among it. */
import { type Static, Type } from 'typebox';
import { recurringOfDay } from '../domain/cost/recurring.ts';
import { type CostDimension, type CostSum, costDimensions, costProvenances, spanProblem, sumCosts } from '../domain/cost.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { dayAt, plusDays } from '../domain/zone.ts';
import { costsOfDays } from '../query/costs.ts';
import { requestScope } from './auth.ts';
import { addCostImports } from './costs-import.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, Day, FeatureId, nullable, TenantId, Usd } from './schemas.ts';
import { refuse } from './when.ts';

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
  const problem = spanProblem(first, last, today);
  if (problem !== null) refuse('there are no costs of these days', problem);
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
      const detail = { features: feature !== undefined || by.includes('feature'), tenants: by.includes('tenant') };
      const found = await costsOfDays(deps, requestScope(request, tenant), { from: span.from, to: plusDays(span.to, 1) }, detail);
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

export function addCostRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addCostImports(app, deps);
}
