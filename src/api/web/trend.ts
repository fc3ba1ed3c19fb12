/** GET /api/v1/business-impact/days: the figures of every day of a range, for trends. */
import { type Static, Type } from 'typebox';
import { impactOf } from '../../domain/impact.ts';
import { usdOfMicros } from '../../domain/roi.ts';
import { stepEdges } from '../../domain/step.ts';
import { coarsestTier } from '../../domain/tier.ts';
import { dayAt, plusDays, startOfDay } from '../../domain/zone.ts';
import { type DayRow, dayRows } from '../../query/days.ts';
import { ask } from '../../query/statement.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { DayFigures } from '../impact.ts';
import { answers, Day, TenantId, TimeZone } from '../schemas.ts';
import { pastDay, refuse, requireKept, zoneOf } from '../when.ts';

const USUAL_DAYS = 30;
const MOST_DAYS = 732;

const querystring = Type.Object(
  {
    from: Type.Optional(Type.String({ ...Day, description: 'First day; default: 30 days up to the last one' })),
    to: Type.Optional(Type.String({ ...Day, description: 'Last day; default: today' })),
    tenant: Type.Optional(TenantId),
    timeZone: Type.Optional(TimeZone),
  },
  { additionalProperties: false },
);
const Days = Type.Object({
  timeZone: Type.String(),
  days: Type.Array(
    Type.Object({ ...DayFigures.properties, features: Type.Array(Type.Object({ feature: Type.String(), ...DayFigures.properties })) }),
  ),
});
export type DaysAnswer = Static<typeof Days>;

function dayText(date: string, rows: readonly DayRow[], period: { from: number; to: number }): DaysAnswer['days'][number] {
  const { total, features } = impactOf(rows, period);
  const figures = (one: typeof total | (typeof features)[number]) => ({
    date,
    n: one.n,
    valueUsd: usdOfMicros(one.valueUsdMicros),
    costUsd: usdOfMicros(one.costUsdMicros),
    netUsd: usdOfMicros(one.netUsdMicros),
    roiPercent: one.roiPercent,
  });
  return { ...figures(total), features: features.map((one) => ({ feature: one.feature, ...figures(one) })) };
}

export function addTrend(app: App, { clickhouse, config, now }: ApiDeps): void {
  const schema = {
    tags: ['impact'],
    summary: 'The figures of every day of a range, of all features together and of each',
    description: 'Satisfaction is worth what its mean over each day says, so the days do not add up exactly to a longer period.',
    querystring,
    response: answers(Days),
  };
  app.get('/api/v1/business-impact/days', { schema }, async (request) => {
    const { tenant, timeZone } = request.query;
    const at = now();
    const zone = zoneOf(timeZone, config);
    const last = request.query.to === undefined ? dayAt(zone, at) : pastDay(request.query.to, zone, at);
    const first = request.query.from === undefined ? plusDays(last, 1 - USUAL_DAYS) : pastDay(request.query.from, zone, at);
    if (first > last || first < plusDays(last, 1 - MOST_DAYS))
      refuse('the range is empty or too long', {
        field: 'from',
        value: first,
        expected: `from ${plusDays(last, 1 - MOST_DAYS)} to ${last}`,
      });
    const edges = stepEdges('1d', startOfDay(zone, first), startOfDay(zone, plusDays(last, 1)), zone);
    requireKept([{ tier: coarsestTier(edges), from: edges[0] ?? 0, to: edges.at(-1) ?? 0 }], config, at, 'from');
    const byDay = Map.groupBy(await ask(clickhouse, dayRows(requestScope(request, tenant), edges)), (row) => row.at * 1000);
    const days = edges
      .slice(0, -1)
      .map((edge, i) => dayText(dayAt(zone, edge), byDay.get(edge) ?? [], { from: edge, to: edges[i + 1] ?? edge }));
    return { timeZone: zone, days };
  });
}
