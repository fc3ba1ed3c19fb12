/** /api/v1/reports: the report about a period in every form, what was made and sent, and sending one. */
import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import { ImpactError, type Problem } from '../domain/errors.ts';
import { formatted } from '../domain/report/format.ts';
import { pageHtml } from '../domain/report/html.ts';
import { pageOf } from '../domain/report/layout.ts';
import { periodTitle, periodWith, type ReportKind } from '../domain/report/period.ts';
import type { Report } from '../domain/report.ts';
import { nextDue } from '../domain/schedule.ts';
import { sendReport } from '../query/report/send.ts';
import { recipientsOf, slackReady, timesOf } from '../query/report/settings.ts';
import { readReport } from '../query/report.ts';
import { reportRuns, reportSends, sentDocument } from '../query/reports.ts';
import { type Scope, seesEveryTenant } from '../query/scope.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import {
  type formats,
  listQuery,
  type Next,
  oneQuery,
  params,
  ReportDocument,
  ReportList,
  SendAnswer,
  type SendBody,
  sendBody,
} from './report-answer.ts';
import { answers } from './schemas.ts';
import { pastDay } from './when.ts';

const tags = ['reports'];
const iso = (date: Date): string => date.toISOString();
const titleOf = ({ kind, date }: { kind: ReportKind; date: string }): string => periodTitle(kind, periodWith(kind, date));

type Format = (typeof formats)[number];
const types: Record<Format, string> = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  export: 'application/json; charset=utf-8',
  page: 'application/json; charset=utf-8',
  pdf: 'application/pdf',
};
const extensions: Record<Format, string> = {
  text: 'txt',
  json: 'json',
  html: 'html',
  markdown: 'md',
  csv: 'csv',
  export: 'json',
  page: 'json',
  pdf: 'pdf',
};

/** The page has its style in it, and needs nothing else. */
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

function nextOnes({ config, now }: ApiDeps): Static<typeof Next>[] {
  return timesOf(config).map(([kind, minutes]) => {
    const { period, dueAt } = nextDue(kind, config.timeZone, minutes, now());
    const { mail, slack } = recipientsOf(config, kind);
    const recipients = [...mail, slack].filter((one) => one !== '');
    return { kind, date: period.from, title: periodTitle(kind, period), dueAt: new Date(dueAt).toISOString(), recipients };
  });
}

async function listOf(deps: ApiDeps, scope: Scope, { kind, date, limit }: Static<typeof listQuery>): Promise<Static<typeof ReportList>> {
  const all = seesEveryTenant(scope);
  const first = kind !== undefined && date !== undefined ? periodWith(kind, date).from : (date ?? null);
  const [runs, sends] = await Promise.all([
    all ? reportRuns(deps.postgres, kind ?? null, first, limit) : [],
    reportSends(deps.postgres, scope, kind ?? null, first, limit),
  ]);
  return {
    next: all ? nextOnes(deps) : [],
    runs: runs.map(({ dueAt, runAt, ...run }) => ({ ...run, title: titleOf(run), dueAt: iso(dueAt), runAt: iso(runAt) })),
    sends: sends.map(({ sentAt, ...sent }) => ({ ...sent, title: titleOf(sent), sentAt: iso(sentAt) })),
  };
}

async function contentOf({ printPdf }: ApiDeps, report: Report, format: Format): Promise<string | Buffer> {
  if (format === 'page') return JSON.stringify(pageOf(report));
  if (format !== 'pdf') return formatted(report, format);
  if (printPdf === undefined) throw new ImpactError('unavailable', 'this process does not draw PDF');
  return printPdf(pageHtml(pageOf(report)));
}

function recipients({ config }: ApiDeps, kind: ReportKind, { email = false, slack = false }: SendBody) {
  const usual = recipientsOf(config, kind);
  const problems: Problem[] = [];
  const refuse = (field: string, expected: string): void => void problems.push({ field, value: 'true', expected });
  if (email === false && !slack) refuse('email', 'email or slack, or both');
  if (email !== false && config.smtpServer === '') refuse('email', 'SMTP_SERVER to be set');
  if (slack && !slackReady(config)) refuse('slack', 'SLACK_WEBHOOK_URL or SLACK_BOT_TOKEN, and REPORT_SLACK_CHANNEL, to be set');
  if (problems.length > 0) throw new ImpactError('unprocessable', 'this report cannot be sent', { problems });
  return { mail: email === true ? usual.mail : email || [], slack: slack ? usual.slack : '' };
}

export function addReportRoutes(app: App, deps: ApiDeps): void {
  const { postgres, config, now } = deps;

  app.get(
    '/api/v1/reports',
    {
      config: { cacheable: false },
      schema: {
        tags,
        summary: 'Reports that were made and sent, and the next ones',
        querystring: listQuery,
        response: answers(ReportList),
      },
    },
    (request) => listOf(deps, requestScope(request), request.query),
  );

  app.get(
    '/api/v1/reports/:kind/:date',
    {
      config: { cacheable: false },
      schema: {
        tags,
        summary: 'The report about the day, week, month or quarter that a date is in',
        description: 'As the figures stand now, unless version=sent.',
        params,
        querystring: oneQuery,
        response: answers(ReportDocument),
      },
    },
    async (request, reply) => {
      const { kind } = request.params;
      const { format, tenant, version } = request.query;
      const [scope, at] = [requestScope(request, tenant), now()];
      const day = pastDay(request.params.date, config.timeZone, at);
      const { from } = periodWith(kind, day);
      if (version === 'sent') {
        const document = await sentDocument(postgres, scope, `${kind}/${from}`);
        if (document === null) throw new ImpactError('not_found', `the clock has not made the ${kind} report of ${from}`);
        return document;
      }
      const content = await contentOf(deps, await readReport(deps, scope, { kind, day, now: at }), format);
      if (format === 'html') reply.header('content-security-policy', pagePolicy);
      const file = `impact-${kind}-${from}.${extensions[format]}`;
      // What is drawn here is drawn: the schema is for its readers.
      return reply
        .type(types[format])
        .header('content-disposition', `inline; filename="${file}"`)
        .serializer((text: unknown) => text as string)
        .send(content as object);
    },
  );

  app.post(
    '/api/v1/reports/:kind/:date/send',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        tags,
        summary: 'Send a report now',
        description: 'email: true for those who get it by the clock, or addresses.',
        params,
        body: sendBody,
        response: answers(SendAnswer),
      },
    },
    async (request) => {
      const { scope, name } = callerOf(request);
      // It goes to people of the whole installation, and in its name.
      if (!seesEveryTenant(scope)) throw new ImpactError('forbidden', 'reports are sent by whoever sees every tenant');
      const { kind } = request.params;
      const at = now();
      const day = pastDay(request.params.date, config.timeZone, at);
      const to = recipients(deps, kind, request.body);
      const report = await readReport(deps, scope, { kind, day, now: at });
      const id = `${kind}/${report.period.from}/${randomUUID()}`;
      await postgres.transaction((tx) => sendReport(tx, { id, report, to, sentBy: name, at }));
      return { id, mail: [...to.mail], slack: to.slack === '' ? null : to.slack };
    },
  );
}
