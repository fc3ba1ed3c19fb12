/** Messages as mails: plain text, and the same as HTML. */
import type { Transition } from '../alert.ts';
import type { Telling } from './flush.ts';
import type { Member } from './group.ts';
import type { MailPayload } from './payload.ts';
import { alertUrl, countsText, headline, placeText, reasonText, severityOf, timeText, valueText } from './text.ts';

const LISTED = 25;
const SUBJECT_CHARACTERS = 200;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text that can stand in HTML, also in an attribute. */
const html = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

const colours = { critical: '#b42318', warning: '#b54708', success: '#067647' } as const;

function plainAlert(alert: Transition, publicUrl: string): string {
  const url = alertUrl(publicUrl, alert);
  const lines = [`- ${alert.title}: ${placeText(alert)}`, `  ${valueText(alert)}, n = ${alert.n}, since ${timeText(alert.openedAt)}`];
  if (alert.runbook !== '') lines.push(`  runbook: ${alert.runbook}`);
  if (url !== null) lines.push(`  ${url}`);
  return lines.join('\n');
}

function row(alert: Transition, publicUrl: string): string {
  const url = alertUrl(publicUrl, alert);
  const title = url === null ? html(alert.title) : `<a href="${html(url)}">${html(alert.title)}</a>`;
  const cells = [title, html(placeText(alert)), html(valueText(alert)), html(timeText(alert.openedAt)), html(alert.runbook)];
  return `<tr>${cells.map((cell) => `<td style="padding:4px 12px 4px 0;vertical-align:top">${cell}</td>`).join('')}</tr>`;
}

type Part = readonly [title: string, members: readonly Member[]];

const more = (members: readonly Member[]): string => (members.length > LISTED ? `… and ${members.length - LISTED} more` : '');

function plainPart([title, members]: Part, publicUrl: string): string {
  return [`${title}:`, ...members.slice(0, LISTED).map(({ alert }) => plainAlert(alert, publicUrl)), more(members)]
    .filter(Boolean)
    .join('\n');
}

function htmlPart([title, members]: Part, publicUrl: string): string {
  const rows = members.slice(0, LISTED).map(({ alert }) => row(alert, publicUrl));
  return `<h3 style="margin:16px 0 4px">${html(title)}</h3><table style="border-collapse:collapse;font-size:14px">${rows.join('')}</table>${html(more(members))}`;
}

/** The mail for these addresses. */
export function mailMessage(telling: Telling, to: readonly string[], publicUrl: string): MailPayload {
  const all: Part[] = [
    ['New', telling.news],
    ['Still firing', telling.known],
    ['Resolved', telling.resolved],
  ];
  const parts = all.filter(([, members]) => members.length > 0);
  const [title, reason, footer] = [headline(telling), reasonText(telling), `${countsText(telling)} · ${timeText(telling.at)}`];
  const colour = telling.kind === 'resolved' ? colours.success : colours[severityOf(telling)];
  const body = [
    `<h2 style="color:${colour};margin:0 0 8px">${html(title)}</h2>`,
    ...(reason === '' ? [] : [`<p>${html(reason)}</p>`]),
    ...parts.map((part) => htmlPart(part, publicUrl)),
    `<p style="color:#667085;font-size:12px">${html(footer)}</p>`,
  ];
  return {
    to,
    subject: title.length > SUBJECT_CHARACTERS ? `${title.slice(0, SUBJECT_CHARACTERS - 1)}…` : title,
    text: [title, reason, ...parts.map((part) => plainPart(part, publicUrl)), footer].filter(Boolean).join('\n\n'),
    html: `<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#101828">${body.join('')}</body></html>`,
  };
}
