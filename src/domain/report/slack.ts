/** A report as a message of Slack's Block Kit: the summary and what to do; who wants the tables reads the mail or the page. */
import type { Report } from '../report.ts';
import { roiPercent } from '../roi.ts';
import { reportTitle } from './layout.ts';
import type { Verdict } from './summary.ts';
import { dollars, featureTitle, percentText } from './words.ts';

type Text = { type: 'mrkdwn' | 'plain_text'; text: string };
export type SlackBlock = { type: string; text?: Text; fields?: Text[]; elements?: Text[] };
export type SlackMessage = { text: string; blocks: SlackBlock[] };

/** Slack's limits: characters of a header, of a section and of a field. */
const [HEADER, SECTION, FIELD] = [150, 3000, 2000];
const MOST_ADVICE = 5;

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Slack takes these three for its own; everything else is text. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const markdown = (text: string, most = SECTION): Text => ({ type: 'mrkdwn', text: cut(text, most) });

const signs: Record<Verdict, string> = {
  good: ':large_green_circle:',
  fair: ':large_blue_circle:',
  warning: ':large_yellow_circle:',
  critical: ':red_circle:',
  unknown: ':white_circle:',
};

function figures({ total, features }: Report): Text[] {
  const rows: [string, string][] = [
    ['Value', dollars(total.valueUsdMicros)],
    ['Cost', dollars(total.costUsdMicros)],
    ['Net', dollars(total.valueUsdMicros - total.costUsdMicros)],
    ['ROI', percentText(roiPercent(total.valueUsdMicros, total.costUsdMicros))],
    ...features.map(({ feature, valueUsdMicros }): [string, string] => [featureTitle(feature), dollars(valueUsdMicros)]),
  ];
  // Ten fields are all that a section may have.
  return rows.slice(0, 10).map(([name, value]) => markdown(`*${escaped(name)}*\n${escaped(value)}`, FIELD));
}

function adviceText({ advice }: Report): string {
  if (advice.length === 0) return 'Nothing needs attention.';
  const shown = advice.slice(0, MOST_ADVICE).map(({ text, evidence }) => `• ${escaped(text)} _${escaped(evidence)}_`);
  const rest = advice.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}

/** `text` is what notifications and screen readers get; the blocks are what people see. */
export function slackMessage(report: Report): SlackMessage {
  const title = reportTitle(report);
  const { verdict, headline, sentences } = report.summary;
  const as = new Date(report.at).toISOString().slice(0, 16).replace('T', ' ');
  return {
    text: cut(`${title}. ${escaped(headline)}`, SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, HEADER) } },
      { type: 'section', text: markdown(`${signs[verdict]} *${escaped(headline)}*\n${escaped(sentences.join(' '))}`) },
      { type: 'section', fields: figures(report) },
      { type: 'section', text: markdown(`*Recommendations*\n${adviceText(report)}`) },
      { type: 'context', elements: [markdown(`Figures as of ${as} UTC`, FIELD)] },
    ],
  };
}
