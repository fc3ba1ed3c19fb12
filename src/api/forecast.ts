/** GET /api/v1/forecast: value, cost and ROI of the next days. */
import { type Static, Type } from 'typebox';
import { type Expected, type Forecast, forecast, type Interval, type SeriesModel } from '../domain/forecast.ts';
import { usdOfMicros } from '../domain/roi.ts';
import { historyOf } from '../query/forecast.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, FeatureId, nullable, TenantId, Usd } from './schemas.ts';

const Amounts = Type.Object({ lower: Usd, upper: Usd });
const Amount = Type.Object({ expected: Usd, interval80: Amounts, interval95: Amounts });
const Percents = nullable(Type.Object({ lower: Type.Number(), upper: Type.Number() }));
const Roi = nullable(
  Type.Object(
    { expected: Type.Number(), interval80: Percents, interval95: Percents },
    { description: 'Null without cost; an interval is null where the cost cannot be told from nothing' },
  ),
);
const Backtest = nullable(
  Type.Object(
    {
      origins: Type.Integer({ description: 'Days in the past from which it was tried' }),
      horizon: Type.Integer({ description: 'Days ahead of each' }),
      points: Type.Integer(),
      meanAbsoluteErrorUsd: Usd,
      biasUsd: Usd,
      scaledError: nullable(Type.Number({ description: 'Below 1: better than repeating the week before' })),
      totalErrorPercent: nullable(Type.Number({ description: 'Mean error of the totals' })),
      coverage80: Type.Number({ description: 'Percent of days inside the interval of 80 %' }),
      coverage95: Type.Number(),
    },
    { description: 'Null where there is too little history to try it on' },
  ),
);
const Model = Type.Object({
  alpha: Type.Number(),
  beta: Type.Number(),
  gamma: Type.Number(),
  standardErrorUsd: { ...Usd, description: 'Of the forecast of one day from the day before' },
  backtest: Backtest,
});
const Answer = Type.Object({
  method: Type.String(),
  timeZone: Type.String(),
  historyDays: Type.Integer(),
  horizonDays: Type.Integer(),
  total: Type.Object({ valueUsd: Amount, costUsd: Amount, netUsd: Type.Object({ expected: Usd }), roiPercent: Roi }),
  days: Type.Array(Type.Object({ day: Type.String(), valueUsd: Amount, costUsd: Amount })),
  models: Type.Object({ value: Model, cost: Model }),
});

export type ForecastAnswer = Static<typeof Answer>;

const querystring = Type.Object(
  {
    days: Type.Integer({ minimum: 1, maximum: 90, default: 30, description: 'How many, today included' }),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
  },
  { additionalProperties: false },
);

const usd = (dollars: number): string => usdOfMicros(Math.round(dollars * 1e6));
const intervalText = ({ lower, upper }: Interval) => ({ lower: usd(lower), upper: usd(upper) });
const amountText = ({ expected, interval80, interval95 }: Expected) => ({
  expected: usd(expected),
  interval80: intervalText(interval80),
  interval95: intervalText(interval95),
});

function modelText({ smoothing, standardErrorUsd, backtest }: SeriesModel): Static<typeof Model> {
  if (backtest === null) return { ...smoothing, standardErrorUsd: usd(standardErrorUsd), backtest };
  const { meanAbsoluteError, bias, ...rest } = backtest;
  return {
    ...smoothing,
    standardErrorUsd: usd(standardErrorUsd),
    backtest: { ...rest, meanAbsoluteErrorUsd: usd(meanAbsoluteError), biasUsd: usd(bias) },
  };
}

/** The forecast as text; exact decimals, since they stand in fields of money. */
export const forecastText = (found: Forecast, timeZone: string): Static<typeof Answer> => ({
  method: 'additive Holt-Winters, weekly season',
  timeZone,
  historyDays: found.historyDays,
  horizonDays: found.days.length,
  total: {
    valueUsd: amountText(found.total.valueUsd),
    costUsd: amountText(found.total.costUsd),
    netUsd: { expected: usd(found.total.netUsd.expected) },
    roiPercent: found.total.roiPercent,
  },
  days: found.days.map(({ day, valueUsd, costUsd }) => ({ day, valueUsd: amountText(valueUsd), costUsd: amountText(costUsd) })),
  models: { value: modelText(found.models.value), cost: modelText(found.models.cost) },
});

/** Fitting takes a good part of a second and its input changes little within minutes. */
const FRESH_MS = 600_000;
const REMEMBERED = 200;

export function addForecastRoutes(app: App, deps: ApiDeps): void {
  const remembered = new Map<string, { at: number; answer: Promise<Static<typeof Answer>> }>();
  app.get(
    '/api/v1/forecast',
    {
      schema: {
        tags: ['impact'],
        summary: 'What the next days are expected to be worth and to cost',
        description: 'Refused with fewer than two weeks of whole days. Answers are up to ten minutes old.',
        querystring,
        response: answers(Answer),
      },
    },
    (request) => {
      const { days, tenant, feature = null } = request.query;
      const scope = requestScope(request, tenant);
      const now = deps.now();
      const key = JSON.stringify([scope.tenantId, feature, days]);
      const known = remembered.get(key);
      if (known !== undefined && now - known.at < FRESH_MS) return known.answer;
      const answer = historyOf(deps, scope, feature, now).then((history) => forecastText(forecast(history, days), deps.config.timeZone));
      remembered.set(key, { at: now, answer });
      // What failed is asked again by the next request.
      answer.catch(() => remembered.delete(key));
      const oldest = remembered.keys().next();
      if (remembered.size > REMEMBERED && !oldest.done) remembered.delete(oldest.value);
      return answer;
    },
  );
}
