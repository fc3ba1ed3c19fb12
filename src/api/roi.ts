/** /api/v1/roi: the report of any span, and what changed of days that were complete. */
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { dayAt, plusDays } from '../domain/zone.ts';
import { revisionsOf } from '../query/roi/revisions.ts';
import { readRoi } from '../query/roi.ts';
import { seesEveryTenant } from '../query/scope.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { Revisions, RoiAnswer, roiAnswer } from './roi-answer.ts';
import { answers, Day, TenantId, TimeZone } from './schemas.ts';
import { pastDay, refuse, zoneOf } from './when.ts';

const tags = ['impact'];
const MOST_DAYS = 1_100;
const USUAL_DAYS = 30;
const DAY_MS = 86_400_000;

type Span = { from?: string; to?: string };

/** The last 30 days unless said otherwise; both days are part of it. */
function spanOf({ from, to }: Span, zone: string, now: number): { from: string; to: string } {
  const last = to === undefined ? dayAt(zone, now) : pastDay(to, zone, now);
  const first = from === undefined ? plusDays(last, 1 - USUAL_DAYS) : pastDay(from, zone, now);
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (days < 1) refuse('the span is empty', { field: 'from', value: first, expected: `${last} or earlier` });
  if (days > MOST_DAYS)
    refuse('the span is too long', { field: 'from', value: first, expected: `at most ${MOST_DAYS} days before ${last}` });
  return { from: first, to: last };
}

export function addRoiRoutes(app: App, deps: ApiDeps): void {
  const { config, now } = deps;
  const span = { from: Type.Optional(Day), to: Type.Optional(Day) };

  app.get(
    '/api/v1/roi/report',
    {
      schema: {
        tags,
        summary: 'What a span of days was worth and cost',
        description: `The last ${USUAL_DAYS} days unless said otherwise; both days are part of it. Complete days come from the books, others are calculated on the spot.`,
        querystring: Type.Object(
          { ...span, tenant: Type.Optional(TenantId), timeZone: Type.Optional(TimeZone) },
          { additionalProperties: false },
        ),
        response: answers(RoiAnswer),
      },
    },
    async (request) => {
      const at = now();
      const zone = zoneOf(request.query.timeZone, config);
      const asked = spanOf(request.query, zone, at);
      const report = await readRoi(deps, requestScope(request, request.query.tenant), { ...asked, zone }, at);
      return roiAnswer(report, { ...config, timeZone: zone });
    },
  );

  app.get(
    '/api/v1/roi/revisions',
    {
      schema: {
        tags,
        summary: 'Days that changed after they were complete, and how',
        description: `Of the last ${USUAL_DAYS} days unless said otherwise, the newest first. For tokens of all tenants: the figures are those of the whole.`,
        querystring: Type.Object(
          { ...span, limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }) },
          { additionalProperties: false },
        ),
        response: answers(Revisions),
      },
    },
    async (request) => {
      if (!seesEveryTenant(requestScope(request)))
        throw new ImpactError('forbidden', 'revisions are of all tenants together; this token has one');
      const at = now();
      const { from, to } = spanOf(request.query, config.timeZone, at);
      const rows = await revisionsOf(deps.postgres, { from, to: plusDays(to, 1) }, request.query.limit);
      const revisions = rows.map(({ day, changedAt, ...rest }) => ({ date: day, changedAt: changedAt.toISOString(), ...rest }));
      return { revisions };
    },
  );
}
