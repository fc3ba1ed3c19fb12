/** /api/v1/kpis: the checklists of the first week, month and quarter. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { attestedLines, type KpiChecklist, kpiPeriods, kpiStates } from '../domain/kpi.ts';
import { dayAt, isDay } from '../domain/zone.ts';
import { attestKpi, checklist, kpiBegin } from '../query/kpi.ts';
import type { KpiDeps } from '../query/kpi-facts.ts';
import { seesEveryTenant } from '../query/scope.ts';
import { callerOf } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, Day } from './schemas.ts';
import { refuse } from './when.ts';

const tags = ['targets'];
const exact = { additionalProperties: false } as const;

const Line = Type.Object({
  id: Type.String(),
  title: Type.String(),
  judgedBy: Type.Enum(['machine', 'person'] as const),
  state: Type.Enum([...kpiStates], {
    description:
      'met and missed are as of now, also while the period goes on. attested, denied, unattested: a person’s word, or that there is none',
  }),
  evidence: Type.String(),
});
const Checklist = Type.Object({
  period: Type.Enum([...kpiPeriods]),
  from: Type.String(),
  to: Type.String({ description: 'Last day' }),
  complete: Type.Boolean({ description: 'Whether the last day is over' }),
  lines: Type.Array(Line),
});

export type ChecklistAnswer = Static<typeof Checklist>;

const checklistText = ({ lines, ...rest }: KpiChecklist): Static<typeof Checklist> => ({
  ...rest,
  lines: lines.map(({ id, title, judgedBy, state, evidence }) => ({ id, title, judgedBy, state, evidence })),
});

function sinceOf(text: string | undefined, today: string): string | undefined {
  if (text === undefined || (isDay(text) && text >= '2000-01-01' && text <= today)) return text;
  return refuse('the checklists cannot count from that day', { field: 'since', value: text, expected: `a day up to ${today}` });
}

const NO_DATA = 'nothing is stored yet: say since=, the day on which the product went live, or set KPI_SINCE';

export function addKpiRoutes(app: App, deps: ApiDeps): void {
  const kpis: KpiDeps = {
    ...deps,
    async dashboard() {
      const { statusCode } = await app.inject({ method: 'GET', url: '/' });
      return { answers: statusCode === 200, seen: `the dashboard answers ${statusCode}` };
    },
  };
  const wholePlatform = (request: Parameters<typeof callerOf>[0]): void => {
    if (seesEveryTenant(callerOf(request).scope)) return;
    throw new ImpactError('forbidden', 'the checklists are about the whole platform; this token belongs to one tenant');
  };

  app.get(
    '/api/v1/kpis',
    {
      schema: {
        tags,
        summary: 'The checklists of the first week, month and quarter, judged now, with the evidence for each line',
        querystring: Type.Object(
          {
            period: Type.Optional(Type.Enum([...kpiPeriods])),
            since: Type.Optional({
              ...Day,
              description: 'The day on which the product went live; default: KPI_SINCE, else the first stored day',
            }),
          },
          exact,
        ),
        response: answers(Type.Object({ since: Type.String(), checklists: Type.Array(Checklist) })),
      },
    },
    async (request) => {
      wholePlatform(request);
      const { period, since: asked } = request.query;
      const now = deps.now();
      const since = await kpiBegin(kpis, sinceOf(asked, dayAt(deps.config.timeZone, now)));
      if (since === null) throw new ImpactError('unprocessable', NO_DATA);
      const wanted = period === undefined ? kpiPeriods : [period];
      const found = await Promise.all(wanted.map((one) => checklist(kpis, one, since, now)));
      return { since, checklists: found.filter((one) => one !== null).map(checklistText) };
    },
  );

  const Attestation = Type.Object(
    {
      line: Type.Enum(attestedLines),
      met: Type.Boolean(),
      note: Type.String({ pattern: '^[^\\u0000]{1,1000}$', examples: ['agreed in the review of 11 January'] }),
      since: Type.Optional(Day),
    },
    exact,
  );
  app.post(
    '/api/v1/kpis/attestations',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        tags,
        summary: 'Attest a line that no machine can judge; the newest word counts, all are kept',
        body: Attestation,
        response: answers(Type.Object({ since: Type.String(), line: Type.String(), met: Type.Boolean(), by: Type.String() })),
      },
    },
    async (request) => {
      wholePlatform(request);
      const { line, met, note } = request.body;
      const since = await kpiBegin(kpis, sinceOf(request.body.since, dayAt(deps.config.timeZone, deps.now())));
      if (since === null) throw new ImpactError('unprocessable', NO_DATA);
      const by = callerOf(request).name;
      await attestKpi(deps.postgres, { since, line, met, note, by });
      return { since, line, met, by };
    },
  );
}
