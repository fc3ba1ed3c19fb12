/** Messages as Slack takes them: Block Kit, https://docs.slack.dev/reference/block-kit */
import type { Telling } from './flush.ts';
import type { Member } from './group.ts';
import type { SlackPayload } from './payload.ts';
import { alertText, alertUrl, countsText, headline, reasonText, runbookUrl, severityOf, subjectsOf, timeText } from './text.ts';

const HEADER_CHARACTERS = 150;
const SECTION_CHARACTERS = 3_000;
const LISTED = 10;
const URL_CHARACTERS = 3_000;

const signs = { critical: ':red_circle:', warning: ':large_orange_circle:', success: ':large_green_circle:' } as const;

/** Slack's three control characters. */
export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`);
export const header = (text: string): object => ({
  type: 'header',
  text: { type: 'plain_text', text: cut(text, HEADER_CHARACTERS), emoji: true },
});
/** A section of mrkdwn; what stands in it must have been escaped. */
export const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text: cut(text, SECTION_CHARACTERS) } });
export const context = (text: string): object => ({ type: 'context', elements: [{ type: 'mrkdwn', text: cut(text, SECTION_CHARACTERS) }] });

function line({ alert }: Member, publicUrl: string): string {
  const [url, text] = [alertUrl(publicUrl, alert), escaped(cut(alertText(alert), 250))];
  return `• ${url === null ? text : `<${url}|${text}>`}`;
}

/** Whole lines as far as there is room for them: half a link would be none. */
function fitting(members: readonly Member[], publicUrl: string): string[] {
  const lines: string[] = [];
  let room = SECTION_CHARACTERS - 200;
  for (const one of members.slice(0, LISTED)) {
    const next = line(one, publicUrl);
    room -= next.length + 1;
    if (room < 0) break;
    lines.push(next);
  }
  return lines;
}

function listing(title: string, members: readonly Member[], publicUrl: string): object[] {
  if (members.length === 0) return [];
  const lines = fitting(members, publicUrl);
  const rest = members.length - lines.length;
  return [section([`*${title}*`, ...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n'))];
}

const button = (text: string, url: string): object => ({ type: 'button', text: { type: 'plain_text', text }, url });

function actions(members: readonly Member[], publicUrl: string): object[] {
  const first = members[0]?.alert;
  const [at, runbook] = first === undefined ? [null, null] : [alertUrl(publicUrl, first), runbookUrl(first)];
  const usable = (
    [
      ['Open', at],
      ['Runbook', runbook],
    ] as const
  ).flatMap(([text, url]) => (url !== null && url.length <= URL_CHARACTERS ? [button(text, url)] : []));
  return usable.length === 0 ? [] : [{ type: 'actions', elements: usable }];
}

/** The message for a channel. What fires is listed whole, so that a message brought up to date needs none before it. */
export function slackMessage(telling: Telling, channel: string, publicUrl: string): SlackPayload {
  const text = headline(telling);
  const sign = telling.kind === 'resolved' ? ':white_check_mark:' : telling.kind === 'acknowledged' ? ':eyes:' : signs[severityOf(telling)];
  const reason = reasonText(telling);
  const blocks = [
    header(`${sign} ${cut(text, HEADER_CHARACTERS - 30)}`),
    ...(reason === '' ? [] : [section(escaped(reason))]),
    ...listing('New', telling.news, publicUrl),
    ...listing('Still firing', telling.known, publicUrl),
    ...listing('Resolved', telling.resolved, publicUrl),
    ...actions(subjectsOf(telling), publicUrl),
    context(`${countsText(telling)} · ${timeText(telling.at)}`),
  ];
  return { channel, text: escaped(text), blocks, thread: `alert/${telling.episode}`, reply: escaped(text) };
}
