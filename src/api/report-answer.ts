/** What is asked of reports and answered, as schemas. */
import { type Static, Type } from 'typebox';
import { reportFormats } from '../domain/report/format.ts';
import type { Page } from '../domain/report/page.ts';
import { reportKinds } from '../domain/report/period.ts';
import { Day, instant, nullable, TenantId } from './schemas.ts';

const Kind = Type.Enum([...reportKinds]);
export const params = Type.Object({ kind: Kind, date: Day });

const Delivery = Type.Object({
  key: Type.String(),
  channel: Type.String(),
  target: Type.String(),
  state: Type.String({ description: 'pending, sent, skipped (its channel is not configured) or dead (given up)' }),
  error: nullable(Type.String()),
});
export const Sent = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  date: Type.String({ description: 'First day of the period' }),
  title: Type.String(),
  tenant: nullable(Type.String()),
  sentBy: Type.String(),
  sentAt: instant(),
  deliveries: Type.Array(Delivery),
});
export const Run = Type.Object({
  kind: Type.String(),
  date: Type.String(),
  title: Type.String(),
  outcome: Type.String({ description: 'made, or skipped' }),
  dueAt: instant(),
  runAt: instant(),
  reason: Type.String(),
});
export const Next = Type.Object({
  kind: Type.String(),
  date: Type.String(),
  title: Type.String(),
  dueAt: instant(),
  recipients: Type.Array(Type.String()),
});
export const ReportList = Type.Object({
  next: Type.Array(Next, { description: 'What the clock makes next; empty for a token of one tenant' }),
  runs: Type.Array(Run, { description: 'What the clock made or passed over, newest first; empty for a token of one tenant' }),
  sends: Type.Array(Sent, { description: 'What was sent, newest first' }),
});

export type ReportsAnswer = Static<typeof ReportList>;

export const listQuery = Type.Object(
  { kind: Type.Optional(Kind), date: Type.Optional(Day), limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }) },
  { additionalProperties: false },
);
export const formats = [...reportFormats, 'page', 'pdf'] as const;
/** With `format=page`: what stands on the page, drawn by whoever asks. */
export type ReportPage = Page;
export const oneQuery = Type.Object(
  {
    format: Type.Enum([...formats], {
      default: 'json',
      description:
        'page: headings, tiles, lists, tables and charts as JSON. export: what the first dashboard exported. pdf needs Chromium on the server',
    }),
    tenant: Type.Optional(TenantId),
    version: Type.Enum(['now', 'sent'], { default: 'now', description: 'sent: as it was when the clock made it; JSON only' }),
  },
  { additionalProperties: false },
);
export const sendBody = Type.Object(
  {
    email: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(Type.String({ format: 'email', maxLength: 320 }), { minItems: 1, maxItems: 50 })]),
    ),
    slack: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type SendBody = Static<typeof sendBody>;
export const SendAnswer = Type.Object({ id: Type.String(), mail: Type.Array(Type.String()), slack: nullable(Type.String()) });
/** Its fields are those of `reportData`: docs/reports.md lists them. */
export const ReportDocument = Type.Object({}, { additionalProperties: true });
