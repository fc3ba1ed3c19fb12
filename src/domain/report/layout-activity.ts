/** The sections about what happened: targets, experiments and rollouts, alerts, quality of the data. */
import { shown, signedPercent, whole } from '../decision/words.ts';
import type { Report } from '../report.ts';
import { isMissing, type ReportExperiment, type ReportTarget } from './figures.ts';
import type { Block, Cell, Section, Tone } from './page.ts';
import { beforeWord } from './period.ts';
import { type TargetState, targetState } from './targets.ts';
import { featureTitle, measured, metricTitle, minuteText, spaced } from './words.ts';

const right = (title: string) => ({ title, align: 'right' as const });
const text = (said: string): Block => ({ kind: 'text', text: said });

const judged: Record<TargetState, [string, Tone]> = {
  met: ['met', 'good'],
  within: ['within limits', 'fair'],
  warning: ['warning', 'warning'],
  critical: ['critical', 'critical'],
  unknown: ['not measured', 'plain'],
};

function targetRow(target: ReportTarget): Cell[] {
  const [word, tone] = judged[targetState(target)];
  const limit = (value: number | null): string => (value === null ? '–' : measured(value, target.unit));
  return [
    { text: target.title },
    { text: target.actual === null ? '–' : measured(target.actual, target.unit) },
    { text: `${target.better === 'lower' ? 'below' : 'above'} ${limit(target.target)}` },
    { text: limit(target.warning) },
    { text: limit(target.critical) },
    { text: word, tone },
  ];
}

function targets({ targets: all }: Report): Section[] {
  if (all === null) return [];
  const headings = [{ title: 'Target' }, right('Measured'), right('Target'), right('Warning'), right('Critical'), { title: 'Verdict' }];
  return [
    { title: 'Performance targets', blocks: [{ kind: 'table', caption: 'Means over the period', headings, rows: all.map(targetRow) }] },
  ];
}

const advised: Record<ReportExperiment['recommendation'], [string, Tone]> = {
  roll_forward: ['roll forward', 'good'],
  continue: ['continue', 'plain'],
  rollback: ['roll back', 'critical'],
};

function experimentRow({ feature, stage, metric, units, lift, liftInterval, recommendation }: ReportExperiment): Cell[] {
  const [word, tone] = advised[recommendation];
  const interval = liftInterval === null ? '' : ` (${signedPercent(liftInterval[0])} to ${signedPercent(liftInterval[1])})`;
  return [
    { text: featureTitle(feature) },
    { text: stage === null ? '–' : spaced(stage) },
    { text: metricTitle(metric) },
    { text: `${whole(units.control)} and ${whole(units.treatment)}` },
    { text: lift === null ? '–' : `${signedPercent(lift)}${interval}` },
    { text: word, tone },
  ];
}

function rollouts({ experiments, rollouts: flags, stageChanges }: Report): Section {
  const headings = [
    { title: 'Feature' },
    { title: 'Stage' },
    { title: 'Metric' },
    right('Control and treated'),
    right('Lift'),
    { title: 'Recommendation' },
  ];
  const tests: Block =
    experiments.length === 0
      ? text('No experiment is running.')
      : { kind: 'table', caption: 'Experiments', headings, rows: experiments.map(experimentRow) };
  const stages = flags.map(({ flagId, featureId, stage }) => [
    { text: flagId },
    { text: featureTitle(featureId) },
    { text: spaced(stage) },
  ]);
  const changes = stageChanges.map(({ at, flagId, from, to, by, reason }) => [
    { text: `${minuteText(at)}` },
    { text: flagId },
    { text: `${spaced(from)} to ${spaced(to)}`, ...(to === 'disabled' ? { tone: 'critical' as const } : {}) },
    { text: by },
    { text: reason },
  ]);
  return {
    title: 'Experiments and rollouts',
    blocks: [
      tests,
      stages.length === 0
        ? text('There are no flags.')
        : { kind: 'table', caption: 'Rollouts', headings: ['Flag', 'Feature', 'Stage'].map((title) => ({ title })), rows: stages },
      changes.length === 0
        ? text('No stage was changed in the period.')
        : {
            kind: 'table',
            caption: 'Changes of stages (UTC)',
            headings: ['When', 'Flag', 'Change', 'By', 'Reason'].map((title) => ({ title })),
            rows: changes,
          },
    ],
  };
}

const toneOfSeverity: Record<string, Tone> = { critical: 'critical', warning: 'warning', success: 'good' };

function alerts({ alerts: all }: Report): Section {
  if (all.length === 0) return { title: 'Alerts', blocks: [text('No alerts.')] };
  const rows = all.map(({ openedAt, title, severity, tenant, feature, value, threshold, firing }) => [
    { text: minuteText(openedAt) },
    { text: title },
    { text: severity, tone: toneOfSeverity[severity] ?? 'plain' },
    { text: [tenant, feature === '' ? '' : featureTitle(feature)].filter((one) => one !== '').join(', ') || 'platform' },
    { text: value === null ? '–' : shown(value) },
    { text: shown(threshold) },
    { text: firing ? 'firing' : 'resolved' },
  ]);
  const headings = [
    { title: 'Opened (UTC)' },
    { title: 'Alert' },
    { title: 'Severity' },
    { title: 'Of' },
    right('Value'),
    right('Limit'),
    { title: 'Now' },
  ];
  return { title: 'Alerts', blocks: [{ kind: 'table', caption: 'Alerts of the period, and older ones that still fire', headings, rows }] };
}

function quality({ quality: found, kind }: Report): Section[] {
  if (found === null) return [];
  const rows = found.sources.map((one): Cell[] => {
    const missing: Cell = isMissing(one) ? { text: 'missing', tone: 'critical' } : { text: 'nothing' };
    const state: Cell = one.n === 0 ? missing : { text: 'received', tone: 'good' };
    return [{ text: spaced(one.source) }, { text: whole(one.n) }, { text: whole(one.previousN) }, state];
  });
  const letters = found.deadLetters.map(({ reason, n }) => `${spaced(reason)} ${whole(n)}`).join(', ');
  const headings = [{ title: 'Source' }, right('Measurements'), right(`The ${beforeWord[kind]}`), { title: 'State' }];
  return [
    {
      title: 'Data quality',
      blocks: [
        { kind: 'table', caption: 'What arrived', headings, rows },
        text(`Too late for a window, but counted: ${whole(found.late)}. Dead letters: ${letters === '' ? '0' : letters}.`),
      ],
    },
  ];
}

export const activitySections = (report: Report): Section[] => [...targets(report), rollouts(report), alerts(report), ...quality(report)];
