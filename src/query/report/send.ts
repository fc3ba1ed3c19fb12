/** Sending a report: its messages, its announcement and the record of it are written in one transaction, so that all of them are there or none. */

import { reportData } from '../../domain/report/data.ts';
import { pageHtml } from '../../domain/report/html.ts';
import { pageOf, reportTitle } from '../../domain/report/layout.ts';
import { slackMessage } from '../../domain/report/slack.ts';
import { pageText } from '../../domain/report/text.ts';
import type { Report } from '../../domain/report.ts';
import { announce } from '../announce.ts';
import { type Database, enqueue, type OutboxEntry } from '../outbox.ts';

/** Mail addresses, and a Slack channel; empty: not by this way. */
export type Recipients = { mail: readonly string[]; slack: string };

/**
 * `id` says which sending it is: the same one is sent once, by whomever and however often it is asked for.
 * `sentBy`: `schedule`, or who asked. `at`: ms since 1970.
 */
export type Sending = { id: string; report: Report; to: Recipients; sentBy: string; at: number };

function mailOf({ id, report, to }: Sending): OutboxEntry[] {
  if (to.mail.length === 0) return [];
  const page = pageOf(report);
  const payload = { to: to.mail, subject: `${page.title} (${page.subtitle})`, text: pageText(page), html: pageHtml(page) };
  return [{ key: `report/${id}/mail`, channel: 'mail', target: `${report.kind} report`, payload }];
}

function slackOf({ id, report, to }: Sending): OutboxEntry[] {
  if (to.slack === '') return [];
  return [{ key: `report/${id}/slack`, channel: 'slack', target: to.slack, payload: { channel: to.slack, ...slackMessage(report) } }];
}

/** The messages of a sending, with what they are about. */
function messagesOf(sending: Sending): OutboxEntry[] {
  const { report } = sending;
  const about = { tenantId: report.tenantId, subject: reportTitle(report) };
  return [...mailOf(sending), ...slackOf(sending)].map((entry) => ({ ...entry, ...about }));
}

const recordSql = `
INSERT INTO report_sends (id, kind, date, tenant_id, sent_by, sent_at, document, outbox_keys) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)
ON CONFLICT (id) DO NOTHING RETURNING id`;

/**
 * Writes the messages into the outbox and announces that the report is there.
 * @param tx the transaction in which it is decided
 * @returns the keys of the messages; null when this very sending was made before
 */
export async function sendReport(tx: Database, sending: Sending): Promise<string[] | null> {
  const { id, report, sentBy, at } = sending;
  const { kind, period, tenantId, summary } = report;
  const entries = messagesOf(sending);
  const keys = entries.map(({ key }) => key);
  const data = reportData(report);
  const row = [id, kind, period.from, tenantId, sentBy, new Date(at), JSON.stringify(data), keys];
  const recorded = await tx.query(recordSql, row);
  if (recorded.length === 0) return null;
  await enqueue(tx, entries);
  const told = { kind, date: period.from, title: data.title, verdict: summary.verdict, headline: summary.headline, total: data.total };
  await announce(tx, { id: `report_ready/${id}`, type: 'report_ready', occurredAt: at, tenantId, data: told });
  return keys;
}
