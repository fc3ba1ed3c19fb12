/** The sections about money: how it went on, features, costs. */
import type { Report } from '../report.ts';
import { roiPercent } from '../roi.ts';
import { costsByCategory, type ReportFeature } from './figures.ts';
import { outlookText } from './outlook.ts';
import type { Block, Cell, Section, Tone } from './page.ts';
import { beforeWord } from './period.ts';
import { changeText, dollars, featureTitle, keyMetricText, percentText, shortDollars, spaced } from './words.ts';

const net = ({ valueUsdMicros, costUsdMicros }: { valueUsdMicros: number; costUsdMicros: number }): number =>
  valueUsdMicros - costUsdMicros;
const roiText = (amounts: { valueUsdMicros: number; costUsdMicros: number }): string =>
  percentText(roiPercent(amounts.valueUsdMicros, amounts.costUsdMicros));

/** A part of a period is not held against a whole one. */
const changed = ({ complete }: Report, now: number, before: number): string => (complete ? changeText(now, before) : 'so far');

/** More columns than this would be too thin to see: then one stands for a week. */
const MOST_COLUMNS = 35;

type Slot = { label: string; valueUsdMicros: number; costUsdMicros: number };

function slotsOf({ days }: Report): Slot[] {
  if (days.length <= MOST_COLUMNS) return days.map(({ day, ...amounts }) => ({ label: day.slice(5), ...amounts }));
  const weeks = Array.from({ length: Math.ceil(days.length / 7) }, (_, i) => days.slice(i * 7, i * 7 + 7));
  return weeks.map((week) => ({
    label: `${week[0]?.day.slice(5)} – ${week.at(-1)?.day.slice(5)}`,
    valueUsdMicros: week.reduce((sum, one) => sum + one.valueUsdMicros, 0),
    costUsdMicros: week.reduce((sum, one) => sum + one.costUsdMicros, 0),
  }));
}

function trend(report: Report): Section {
  const { kind, total, previousTotal, days, roi } = report;
  const step = days.length > MOST_COLUMNS ? 'week' : 'day';
  const first = days[0]?.day ?? '';
  const last = days.at(-1)?.day ?? '';
  const columns: Block = {
    kind: 'columns',
    caption: `Net value by ${step}, ${first} to ${last}`,
    points: slotsOf(report).map((slot) => ({ label: slot.label, value: net(slot), text: dollars(net(slot)) })),
  };
  const row = (title: string, now: number, before: number): Cell[] => [
    { text: title },
    { text: dollars(now) },
    { text: dollars(before) },
    { text: changed(report, now, before) },
  ];
  const comparison: Block = {
    kind: 'table',
    caption: `Against the ${beforeWord[kind]}`,
    headings: [{ title: '' }, { title: 'Now', align: 'right' }, { title: 'Before', align: 'right' }, { title: 'Change', align: 'right' }],
    rows: [
      row('Value', total.valueUsdMicros, previousTotal.valueUsdMicros),
      row('Cost', total.costUsdMicros, previousTotal.costUsdMicros),
      row('Net', net(total), net(previousTotal)),
      [{ text: 'ROI' }, { text: roiText(total) }, { text: roiText(previousTotal) }, { text: `target ${percentText(roi.targetPercent)}` }],
    ],
  };
  const next: Block[] = report.outlook === null ? [] : [{ kind: 'text', text: outlookText(report.outlook) }];
  return { title: 'Value and cost', blocks: [columns, comparison, ...next] };
}

const toneOf = (met: boolean | null): Tone => (met === null ? 'plain' : met ? 'good' : 'warning');

function causalText({ causal }: ReportFeature): [string, string] {
  if (causal === null) return ['no experiment', '–'];
  return [
    `${dollars(causal.valueUsdMicros)} (${dollars(causal.lowUsdMicros)} to ${dollars(causal.highUsdMicros)})`,
    dollars(causal.lowUsdMicros),
  ];
}

function featureRow(report: Report, feature: ReportFeature): Cell[] {
  const [causal, lower] = causalText(feature);
  return [
    { text: featureTitle(feature.feature) },
    { text: dollars(feature.valueUsdMicros) },
    { text: changed(report, feature.valueUsdMicros, feature.previousValueUsdMicros) },
    { text: causal },
    { text: lower },
    { text: dollars(feature.costUsdMicros) },
    { text: roiText(feature) },
  ];
}

const right = (title: string) => ({ title, align: 'right' as const });

/** At this rate, what a year comes to against what was planned for it. */
function planRows({ features, elapsedDays }: Report): Cell[][] {
  return features.flatMap(({ feature, uses, valueUsdMicros, annualTargetUsd, keyMetric }) => {
    if (annualTargetUsd === null) return [];
    const annual = elapsedDays > 0 ? (valueUsdMicros * 365) / elapsedDays : 0;
    const reaches = annual >= annualTargetUsd.conservative * 1e6;
    const metric =
      keyMetric === null || keyMetric.mean === null
        ? 'not measured'
        : `${keyMetricText(keyMetric.metric, keyMetric.mean, keyMetric.target)}: ${keyMetric.met ? 'met' : 'not met'}`;
    const [least, most] = [annualTargetUsd.conservative, annualTargetUsd.optimistic].map((usd) => shortDollars(usd * 1e6));
    const plan = least === most ? least : `${least} to ${most}`;
    return [
      [
        { text: featureTitle(feature) },
        { text: uses.toLocaleString('en-US') },
        { text: metric, tone: toneOf(keyMetric?.met ?? null) },
        { text: shortDollars(annual) },
        { text: `${plan}: ${reaches ? 'reached' : 'not reached'}`, tone: toneOf(reaches) },
      ],
    ];
  });
}

function features(report: Report): Section {
  const bars = report.features.map((feature) => ({
    label: featureTitle(feature.feature),
    value: feature.valueUsdMicros,
    text: dollars(feature.valueUsdMicros),
  }));
  const money = ['Value observed', 'Change', 'Value causal', 'Lower bound', 'Cost', 'ROI'].map(right);
  return {
    title: 'Features',
    blocks: [
      { kind: 'bars', caption: 'Observed value by feature', bars },
      {
        kind: 'table',
        caption: 'What each feature is worth',
        headings: [{ title: 'Feature' }, ...money],
        rows: report.features.map((feature) => featureRow(report, feature)),
      },
      {
        kind: 'table',
        caption: 'Use and plan',
        headings: [
          { title: 'Feature' },
          right('Uses'),
          { title: 'Key metric' },
          right('A year at this rate'),
          { title: 'Plan for a year' },
        ],
        rows: planRows(report),
      },
      {
        kind: 'text',
        text: 'Observed: by the formulas, against the baselines. Causal: what experiments show, with its interval. Lower bound: what it is worth at least, by the experiment.',
      },
    ],
  };
}

/** One bar for each category, the dearest first. */
const costBars = ({ costs: all }: Report) =>
  costsByCategory(all)
    .sort((a, b) => b.amountUsdMicros - a.amountUsdMicros)
    .map(({ category, amountUsdMicros: value }) => ({ label: spaced(category), value, text: dollars(value) }));

function costs(report: Report): Section {
  const { costs: all, kind } = report;
  if (all.length === 0) return { title: 'Costs', blocks: [{ kind: 'text', text: 'No costs are known.' }] };
  const rows = all.map(({ category, provenance, amountUsdMicros, previousUsdMicros }) => [
    { text: spaced(category) },
    { text: spaced(provenance) },
    { text: dollars(amountUsdMicros) },
    { text: dollars(previousUsdMicros) },
    { text: changed(report, amountUsdMicros, previousUsdMicros) },
  ]);
  return {
    title: 'Costs',
    blocks: [
      { kind: 'bars', caption: 'Costs by category', bars: costBars(report) },
      {
        kind: 'table',
        caption: 'Costs by category and where they come from',
        headings: [{ title: 'Category' }, { title: 'From' }, right('Now'), right(`The ${beforeWord[kind]}`), right('Change')],
        rows,
      },
    ],
  };
}

export const moneySections = (report: Report): Section[] => [trend(report), features(report), costs(report)];
