/** /api/v1/business-impact: current, daily, weekly, calculate. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { recordDays } from '../query/roi/record.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { DayFigures, dayFigures, daysFrom, ImpactAnswer, impactAnswer, type Question } from './impact.ts';
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

type Asked = { tenant?: string; timeZone?: string };

/** Up to the end of the minute that is now. */
function currentPeriod(name: PeriodName, zone: string, now: number): Pick<Question, 'days' | 'period'> {
  const to = Math.floor(now / MINUTE) * MINUTE + MINUTE;
  if (name === 'last24h') return { days: null, period: { from: to - 86_400_000, to } };
  const last = dayAt(zone, now);
  const days = { from: plusDays(last, Math.min(0, 1 - periods[name])), to: last };
  return { days, period: { from: startOfDay(zone, days.from), to } };
}

/** A day, or several from one on. */
function questionOf(request: FastifyRequest, { config, now }: ApiDeps, date: string, days: number): Question {
  const { tenant, timeZone } = request.query as Asked;
  const [zone, at] = [zoneOf(timeZone, config), now()];
  const day = pastDay(date, zone, at);
  const span = { from: day, to: plusDays(day, days - 1) };
  return { scope: requestScope(request, tenant), days: span, period: daysFrom(zone, day, days), zone, now: at };
}

/** The day written down in the books, as of now; those are of the installation's zone. */
async function recordDay(deps: ApiDeps, date: string, zone: string, at: number): Promise<void> {
  if (zone === deps.config.timeZone) await recordDays(deps, { from: date, to: plusDays(date, 1) }, at, true);
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
      const asked = currentPeriod(request.query.period ?? 'today', zone, at);
      return impactAnswer(deps, { scope: requestScope(request, request.query.tenant), ...asked, zone, now: at });
    },
  );

  app.get(
    `${root}/daily/:date`,
    { schema: { tags, summary: 'The figures of a day', params, querystring, response: answers(ImpactAnswer) } },
    (request) => impactAnswer(deps, questionOf(request, deps, request.params.date, 1)),
  );

  app.get(
    `${root}/weekly/:date`,
    {
      schema: {
        tags,
        summary: 'The figures of the seven days that begin with a date',
        description: 'The sum of its days, each of which is beside it.',
        params,
        querystring,
        response: answers(Type.Object({ ...ImpactAnswer.properties, days: Type.Array(DayFigures) })),
      },
    },
    async (request) => {
      const { days, ...figures } = await impactAnswer(deps, questionOf(request, deps, request.params.date, 7));
      return { ...figures, days: dayFigures(days) };
    },
  );

  app.post(
    `${root}/calculate/:date`,
    {
      config: { role: 'operator' },
      schema: {
        tags,
        summary: 'Calculate a day anew, now, and write it down',
        description:
          'A token of one tenant is answered with its figures; the books are of all tenants, and an operator of all may write them.',
        params,
        querystring,
        response: answers(ImpactAnswer),
      },
    },
    async (request) => {
      const question = questionOf(request, deps, request.params.date, 1);
      if (callerOf(request).scope.tenantId === null) await recordDay(deps, request.params.date, question.zone, question.now);
      return { ...(await impactAnswer(deps, question)), asOf: new Date(question.now).toISOString() };
    },
  );
}
