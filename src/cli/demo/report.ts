/** What the demonstration prints. */
import pc from 'picocolors';
import { valuedFeatures } from '../../domain/event.ts';
import { type FeatureImpact, type Impact, type ImpactRow, impactOf } from '../../domain/impact.ts';
import { amountText, valueText } from '../../domain/notify/text.ts';
import { roiPercent, TARGET_ROI_PERCENT } from '../../domain/roi.ts';
import type { Difference } from '../../domain/totals.ts';
import type { DayRow } from '../../query/days.ts';
import { dollars, percent, whole } from '../money.ts';
import { type Column, renderRows } from '../render.ts';
import type { Look } from '../table.ts';
import type { Transition } from './watch.ts';

type Colours = ReturnType<typeof pc.createColors>;
type Period = { from: number; to: number };

const titles: Record<string, string> = {
  realtime_intelligence: 'lead answers',
  property_intelligence: 'property',
  churn_prevention: 'churn',
  ai_coaching: 'coaching',
  platform: 'shared costs',
  total: 'total',
};

/** The ROI of a feature; none on a day on which it was not used, though it cost something. */
const featureRoi = (one: FeatureImpact): number | null => (one.n === 0 ? null : one.roiPercent);

const paintRoi = (colours: Colours, value: number | null): string => {
  const text = percent(value);
  if (value === null) return text;
  return value >= TARGET_ROI_PERCENT ? colours.green(text) : value < 200 ? colours.red(text) : text;
};

const heading = (colours: Colours, text: string): string => `\n${colours.bold(text)}\n`;

const CHURN_NOTE = 'A kept customer is worth $1,050 and a lost one costs $1,950, so days with either stand out; seven days show the trend.';

type DayLine = { day: string; value: number; cost: number; roi: number | null } & Record<string, unknown>;

/** Adds the ROI of the seven days that end with each day. */
function withWeeks(lines: readonly DayLine[]): DayLine[] {
  return lines.map((line, index) => {
    const week = lines.slice(Math.max(0, index - 6), index + 1);
    const sum = (key: 'value' | 'cost'): number => week.reduce((total, one) => total + one[key], 0);
    return { ...line, week: week.length < 7 ? null : roiPercent(sum('value'), sum('cost')) };
  });
}

function dayLine(at: number, impact: Impact): DayLine {
  const day = new Date(at).toLocaleDateString('en-GB', { weekday: 'short', day: '2-digit', month: 'short', timeZone: 'UTC' });
  const features = impact.features.map((one) => [one.feature, featureRoi(one)]);
  const { valueUsdMicros, costUsdMicros, roiPercent: roi } = impact.total;
  return { day, ...Object.fromEntries(features), value: valueUsdMicros, cost: costUsdMicros, roi };
}

/** ROI of each feature on each of the last `shown` days, and the platform's value, cost and ROI, which bears the shared costs too. */
export function dailyTable(
  rows: readonly DayRow[],
  edges: readonly number[],
  { now, shown }: { now: number; shown: number },
  { columns: width, colour }: Look,
): string {
  const colours = pc.createColors(colour);
  const roi = { align: 'right', show: (value: unknown) => paintRoi(colours, value as number | null) } as const;
  const usd = { align: 'right', show: (value: unknown) => dollars(Number(value), 0) } as const;
  const columns: Column[] = [
    { key: 'day' },
    ...valuedFeatures.map((feature) => ({ key: feature, title: titles[feature] ?? feature, ...roi })),
    { key: 'value', ...usd },
    { key: 'cost', ...usd },
    { key: 'roi', title: 'ROI', ...roi },
    { key: 'week', title: '7 days', ...roi },
  ];
  const lines = edges.slice(0, -1).map((from, index) =>
    dayLine(
      from,
      impactOf(
        rows.filter(({ at }) => at * 1000 === from),
        { from, to: Math.min(now, edges[index + 1] ?? from) },
      ),
    ),
  );
  const left = lines.length > shown ? `, the last ${shown} of ${lines.length}` : '';
  return `${heading(colours, `ROI by day and feature${left} (today so far)`)}${renderRows(withWeeks(lines).slice(-shown), 'table', columns, width)}\n${colours.dim(CHURN_NOTE)}\n`;
}

/** Value, cost and ROI of the whole period by feature, what that comes to in a year, and what the product aims at. */
export function periodTable(rows: readonly ImpactRow[], period: Period, { columns: width, colour }: Look): string {
  const colours = pc.createColors(colour);
  const impact = impactOf(rows, period);
  const goal = impact.features.reduce(
    (sum, { annualTargetUsd: one }) => ({
      conservative: sum.conservative + (one?.conservative ?? 0),
      optimistic: sum.optimistic + (one?.optimistic ?? 0),
    }),
    { conservative: 0, optimistic: 0 },
  );
  const range = (target: { conservative: number; optimistic: number } | null): string =>
    target === null ? '' : `$${whole(target.conservative / 1000)}K–${whole(target.optimistic / 1000)}K`;
  const lines = [...impact.features, { ...impact.total, feature: 'total', annualTargetUsd: goal, keyMetric: null }].map((one) => ({
    feature: titles[one.feature] ?? one.feature,
    uses: one.feature === 'platform' ? null : one.n,
    value: one.valueUsdMicros,
    cost: one.costUsdMicros,
    roi: one.feature === 'platform' ? null : one.roiPercent,
    year: one.annualisedValueUsdMicros,
    goal: range(one.annualTargetUsd),
  }));
  const usd = { align: 'right', show: (value: unknown) => dollars(Number(value), 0) } as const;
  const columns: Column[] = [
    { key: 'feature' },
    { key: 'uses', align: 'right', show: (value) => (value === null ? '' : whole(Number(value))) },
    { key: 'value', ...usd },
    { key: 'cost', ...usd },
    { key: 'roi', title: 'ROI', align: 'right', show: (value) => paintRoi(colours, value as number | null) },
    { key: 'year', title: 'value a year', ...usd },
    { key: 'goal', title: 'goal a year', align: 'right' },
  ];
  const days = Math.round((period.to - period.from) / 86_400_000);
  return `${heading(colours, `${days} days by feature`)}${renderRows(lines, 'table', columns, width)}\n`;
}

const clock = (time: number): string => new Date(time).toISOString().slice(11, 19);

/** One transition while it happens. Times are UTC. */
export function transitionLine(one: Transition, colour: boolean): string {
  const colours = pc.createColors(colour);
  const good = one.transition === 'resolved' || one.severity === 'success';
  const mark = good ? colours.green('●') : one.severity === 'critical' ? colours.red('▲') : colours.yellow('▲');
  const seconds = ((one.seenAt - one.windowEnd) / 1000).toFixed(1);
  const what = one.transition === 'resolved' ? 'resolved' : `${one.severity} ${one.transition}`;
  return `  ${mark} ${clock(one.seenAt)}  ${what.padEnd(20)} ${one.title} of ${one.place}: ${valueText(one)}  ${colours.dim(`${seconds} s after its window closed`)}`;
}

/** Each alert with when it fired and when it resolved. */
export function alertTable(transitions: readonly Transition[], { columns: width, colour }: Look): string {
  const colours = pc.createColors(colour);
  const opened = transitions.filter(({ transition }) => transition === 'opened');
  const lines = opened.map((one) => {
    const own = transitions.filter(({ rule, place, openedAt }) => rule === one.rule && place === one.place && openedAt === one.openedAt);
    const end = own.find(({ transition }) => transition === 'resolved');
    const worst = own.some(({ severity }) => severity === 'critical') ? 'critical' : one.severity;
    const peak = own.reduce<number | null>((most, { value }) => (value !== null && (most === null || value > most) ? value : most), null);
    const lasted = end ? `${Math.round((end.windowEnd - one.windowEnd) / 1000)} s` : '';
    return {
      alert: one.title,
      of: one.place,
      severity: worst,
      fired: clock(one.seenAt),
      resolved: end ? clock(end.seenAt) : 'still firing',
      lasted,
      highest: amountText(peak, one),
      limit: `${one.comparison} ${amountText(one.threshold, one)}`,
    };
  });
  const columns: Column[] = ['alert', 'of', 'severity', 'fired', 'resolved', 'lasted', 'highest', 'limit'].map((key) => ({
    key,
    align: ['lasted', 'highest', 'limit'].includes(key) ? 'right' : 'left',
  }));
  return `${heading(colours, 'Alerts (times UTC)')}${renderRows(lines, 'table', columns, width)}\n`;
}

/** The first few figures that are not stored as they were sent. */
export function differenceLines(found: readonly Difference[], limit = 10): string[] {
  const lines = found
    .slice(0, limit)
    .map(
      ({ day, tenantId, featureId, figure, sent, stored }) => `${day} ${tenantId} ${featureId}: ${figure} ${sent} sent, ${stored} stored`,
    );
  return found.length > limit ? [...lines, `… and ${found.length - limit} more`] : lines;
}
