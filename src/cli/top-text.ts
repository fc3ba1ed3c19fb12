/** How `impact top` looks. */
import pc from 'picocolors';
import type { Transition } from '../domain/alert.ts';
import { valueText } from '../domain/notify/text.ts';
import { sparkline } from '../domain/sparkline.ts';
import type { FigureLine, StageLine, TopicLine } from '../domain/top.ts';
import type { AlertRow } from '../query/alerts.ts';
import { type Column, renderRows } from './render.ts';
import { cutTo, type Look } from './table.ts';

/** `at` in milliseconds since 1970. */
export type Picture = { at: number; stages: StageLine[]; topics: TopicLine[]; figures: FigureLine[]; alerts: AlertRow[] };

const LINE_WIDTH = 30;
const LAG_WARNING = 10_000;
const DELAY_WARNING_SECONDS = 2;

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const figure = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(4))));

function age(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Shares are shown as percent, and metrics without the unit that their name ends with. */
function shownFigure({ metric, mean, n, means }: FigureLine): Record<string, unknown> {
  const share = metric === 'request_error';
  const name = share ? 'error rate, %' : `${metric.replace(/_latency_ms$/, '').replaceAll('_', ' ')}, ms`;
  return { figure: name, mean: figure(share ? 100 * mean : mean), requests: count(n), line: sparkline(means, { width: LINE_WIDTH }) };
}

const right = (key: string, title: string): Column => ({ key, title, align: 'right' });

/** Rows as a table, or why there are none. */
const table = (rows: Record<string, unknown>[], columns: Column[], none: string): string =>
  rows.length === 0 ? none : renderRows(rows, 'table', columns);

/** The whole text, lines cut to the terminal's width. */
export function topText({ at, stages, topics, figures, alerts }: Picture, { columns, colour }: Look): string {
  const paint = pc.createColors(colour);
  const warned = (text: string, bad: boolean): string => (bad ? paint.yellow(text) : text);
  const section = (title: string, body: string): string => `${paint.bold(title)}\n${body}`;
  const stageRows = stages.map(({ stage, lag, perSecond, watermarkSeconds, lags }) => ({
    stage,
    lag: warned(count(lag), lag >= LAG_WARNING),
    rate: perSecond === null ? '–' : count(perSecond),
    watermark: watermarkSeconds === null ? '–' : `${figure(watermarkSeconds)} s`,
    line: sparkline(lags, { from: 0, width: LINE_WIDTH }),
  }));
  const topicRows = topics.map(({ topic, eventsPerSecond, delayP99Seconds, rates }) => ({
    topic,
    rate: count(eventsPerSecond),
    delay: warned(`${figure(delayP99Seconds)} s`, delayP99Seconds > DELAY_WARNING_SECONDS),
    line: sparkline(rates, { from: 0, width: LINE_WIDTH }),
  }));
  const severity = { critical: paint.red, warning: paint.yellow, success: paint.green } as Record<string, (text: string) => string>;
  const alertRows = alerts.map((one) => ({
    severity: (severity[one.severity] ?? String)(one.severity),
    alert: one.title,
    about: [one.tenant, one.feature].filter((part) => part !== '').join(' / ') || 'platform',
    value: valueText(one as unknown as Transition),
    since: age(at - one.openedAt),
  }));
  const text = [
    `${paint.bold('impact top')}  ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    section(
      'Stages',
      table(
        stageRows,
        [
          { key: 'stage' },
          right('lag', 'behind'),
          right('rate', 'records/s'),
          right('watermark', 'watermark behind'),
          { key: 'line', title: 'behind, 5 minutes' },
        ],
        'no stage has reported for 5 minutes: does “record” run?',
      ),
    ),
    section(
      'Stored',
      table(
        topicRows,
        [{ key: 'topic' }, right('rate', 'events/s'), right('delay', 'p99 delay'), { key: 'line', title: 'events/s, 5 minutes' }],
        'nothing was stored for 5 minutes',
      ),
    ),
    section(
      'Figures of the newest minute',
      table(
        figures.map(shownFigure),
        [{ key: 'figure' }, right('mean', 'mean'), right('requests', 'requests'), { key: 'line', title: 'mean, 30 minutes' }],
        'no request was measured for 30 minutes',
      ),
    ),
    section(alerts.length === 0 ? 'No alert fires' : 'Firing', alerts.length === 0 ? '' : renderRows(alertRows, 'table')),
  ].join('\n\n');
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => cutTo(line, columns)).join('\n');
}
