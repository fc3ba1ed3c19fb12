/** GET /api/v1/adoption: how many of the active users use each feature. */
import { type Static, Type } from 'typebox';
import { adoptionSignals } from '../../domain/signal.ts';
import { cover } from '../../domain/tier.ts';
import { dayAt, plusDays, startOfDay } from '../../domain/zone.ts';
import { usersOf } from '../../query/adoption.ts';
import { ask } from '../../query/statement.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { answers, instant, TenantId } from '../schemas.ts';
import { requireKept } from '../when.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const periods = { last24h: 1, last7d: 7, last30d: 30, last365d: 365 } as const;
type Period = keyof typeof periods;

/** The last 24 hours end with this hour; longer periods are whole days up to today, which cost a fraction of hours. */
function spanOf(period: Period, zone: string, now: number): { from: number; to: number } {
  const to = Math.ceil(now / HOUR_MS) * HOUR_MS;
  if (period === 'last24h') return { from: to - DAY_MS, to };
  const today = dayAt(zone, now);
  return { from: startOfDay(zone, plusDays(today, 1 - periods[period])), to: startOfDay(zone, plusDays(today, 1)) };
}

const Adoption = Type.Object({
  from: instant(),
  to: instant(),
  activeUsers: Type.Number({ description: 'Right to about 2 %' }),
  features: Type.Array(
    Type.Object({
      feature: Type.String(),
      users: Type.Number(),
      adoptionPercent: Type.Number({ description: 'users / activeUsers x 100' }),
    }),
  ),
});
export type AdoptionAnswer = Static<typeof Adoption>;

const querystring = Type.Object(
  {
    period: Type.Enum(Object.keys(periods) as Period[], {
      default: 'last30d',
      description: 'last24h ends with this hour; the others are whole days, today the last one',
    }),
    tenant: Type.Optional(TenantId),
  },
  { additionalProperties: false },
);

export function addAdoption(app: App, { clickhouse, config, now }: ApiDeps): void {
  const schema = {
    tags: ['impact'],
    summary: 'How many of the active users use each valued feature',
    querystring,
    response: answers(Adoption),
  };
  app.get('/api/v1/adoption', { schema }, async (request) => {
    const { period, tenant } = request.query;
    const { from, to } = spanOf(period, config.timeZone, now());
    const ranges = cover(from, to);
    requireKept(ranges, config, now(), 'period');
    const rows = await ask(clickhouse, usersOf(requestScope(request, tenant), ranges));
    const users = new Map(rows.map((row) => [row.feature, row.users]));
    const features = adoptionSignals(rows).map(({ featureId, value }) => ({
      feature: featureId,
      users: users.get(featureId) ?? 0,
      adoptionPercent: value,
    }));
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), activeUsers: users.get('') ?? 0, features };
  });
}
