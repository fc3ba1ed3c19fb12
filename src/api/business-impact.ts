/** /api/v1/business-impact: current, daily, weekly, calculate. */
import { Type } from 'typebox';
import type { Period } from '../domain/impact.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { DayFigures, dayFigures, daysFrom, ImpactAnswer, impactAnswer } from './impact.ts';
import { answers, Day, TenantId, TimeZone } from './schemas.ts';
import { pastDay, zoneOf } from './when.ts';

const MINUTE = 60_000;
const querystring = Type.Object({ tenant: Type.Optional(TenantId), timeZone: Type.Optional(TimeZone) }, { additionalProperties: false });
const periods = { today: 0, last24h: 1, last7d: 7, last30d: 30, last365d: 365 } as const;
type PeriodName = keyof typeof periods;
const PeriodParameter = Type.Optional(
  Type.Enum(Object.keys(periods) as PeriodName[], {
    default: 'today',
    description: 'last24h ends now; the others are whole days, the last of them today',
  }),
);
const params = Type.Object({ date: Day });
const tags = ['impact'];

/** Up to the end of the minute that is now. */
function currentPeriod(name: PeriodName, zone: string, now: number): Period {
  const to = Math.floor(now / MINUTE) * MINUTE + MINUTE;
  if (name === 'last24h') return { from: to - 86_400_000, to };
  return { from: startOfDay(zone, plusDays(dayAt(zone, now), Math.min(0, 1 - periods[name]))), to };
}

export function addBusinessImpactRoutes(app: App, deps: ApiDeps): void {
  const { config, now } = deps;
  const root = '/api/v1/business-impact';

  app.get(
    `${root}/current`,
    {
      schema: {
        tags,
        summary: 'The ROI so far',
        querystring: Type.Object({ ...querystring.properties, period: PeriodParameter }, { additionalProperties: false }),
        response: answers(ImpactAnswer),
      },
    },
    (request) => {
      const zone = zoneOf(request.query.timeZone, config);
      const at = now();
      const period = currentPeriod(request.query.period ?? 'today', zone, at);
      return impactAnswer(deps, { scope: requestScope(request, request.query.tenant), period, zone, now: at });
    },
  );

  app.get(
    `${root}/daily/:date`,
    { schema: { tags, summary: 'The figures of a day', params, querystring, response: answers(ImpactAnswer) } },
    (request) => {
      const zone = zoneOf(request.query.timeZone, config);
      const at = now();
      const period = daysFrom(zone, pastDay(request.params.date, zone, at), 1);
      return impactAnswer(deps, { scope: requestScope(request, request.query.tenant), period, zone, now: at });
    },
  );

  app.get(
    `${root}/weekly/:date`,
    {
      schema: {
        tags,
        summary: 'The figures of the seven days that begin with a date',
        description: 'Satisfaction is worth what its mean over the whole week says, so the week is not exactly the sum of its days.',
        params,
        querystring,
        response: answers(Type.Object({ ...ImpactAnswer.properties, days: Type.Array(DayFigures) })),
      },
    },
    async (request) => {
      const zone = zoneOf(request.query.timeZone, config);
      const at = now();
      const day = pastDay(request.params.date, zone, at);
      const scope = requestScope(request, request.query.tenant);
      const week = impactAnswer(deps, { scope, period: daysFrom(zone, day, 7), zone, now: at });
      const [figures, days] = await Promise.all([week, dayFigures(deps, scope, zone, day, at)]);
      return { ...figures, days };
    },
  );

  app.post(
    `${root}/calculate/:date`,
    {
      config: { role: 'operator' },
      schema: { tags, summary: 'Calculate a day anew from its rollups, now', params, querystring, response: answers(ImpactAnswer) },
    },
    async (request) => {
      const zone = zoneOf(request.query.timeZone, config);
      const at = now();
      const period = daysFrom(zone, pastDay(request.params.date, zone, at), 1);
      const figures = await impactAnswer(deps, { scope: requestScope(request, request.query.tenant), period, zone, now: at });
      return { ...figures, asOf: new Date(at).toISOString() };
    },
  );
}
