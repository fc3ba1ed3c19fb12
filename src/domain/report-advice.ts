/** What to do about a report's figures. Every piece of advice names the evidence that it rests on. */
import { shown, signedPercent, whole } from './decision-words.ts';
import { isMissing, type ReportCost, type ReportFeature, type ReportFigures } from './report-figures.ts';
import { beforeWord } from './report-period.ts';
import { targetState } from './report-targets.ts';
import { changePercent, changeText, counted, dollars, featureTitle, measured, percentText, spaced } from './report-words.ts';
import { roiPercent } from './roi.ts';

/** `act`: now. `consider`: it pays to look. `note`: to be known. */
export const urgencies = ['act', 'consider', 'note'] as const;
export type Urgency = (typeof urgencies)[number];
export type Advice = { urgency: Urgency; text: string; evidence: string };

type Figures = ReportFigures;

/** Smaller changes are the noise of everyday business. */
const NOTABLE_PERCENT = 20;
/** Changes of less money are not worth a reader's time: 1 % of the period's costs. */
const NOTABLE_SHARE = 0.01;

const advice = (urgency: Urgency, text: string, evidence: string): Advice => ({ urgency, text, evidence });

function firing({ alerts }: Figures): Advice[] {
  return alerts
    .filter((alert) => alert.firing && alert.severity !== 'success')
    .map(({ id, title, severity, feature, tenant, value, threshold }) => {
      const whose = [tenant, feature === '' ? '' : featureTitle(feature)].filter((one) => one !== '').join(', ');
      const level = `${value === null ? 'no value' : shown(value)} against a limit of ${shown(threshold)}`;
      const urgency = severity === 'critical' ? 'act' : 'consider';
      return advice(urgency, `Resolve "${title}"${whose === '' ? '' : ` (${whose})`}, which is still firing.`, `Alert ${id}: ${level}.`);
    });
}

function rollbacks({ stageChanges }: Figures): Advice[] {
  const back = stageChanges.filter(({ by, to }) => by === 'guard' && to === 'disabled');
  return back.map(({ flagId, featureId, reason, from }) =>
    advice(
      'act',
      `Find out why ${featureTitle(featureId)} did harm before it is rolled out again.`,
      `Flag ${flagId} was rolled back from ${spaced(from)}: ${reason}`,
    ),
  );
}

const experimentWords = {
  roll_forward: (feature: string) => `Roll ${feature} out further.`,
  rollback: (feature: string) => `Roll ${feature} back.`,
} as const;

function experiments({ experiments: all }: Figures): Advice[] {
  return all.flatMap(({ feature, metric, lift, liftInterval, units, recommendation, reason }) => {
    if (recommendation === 'continue') return [];
    const interval = liftInterval === null ? '' : ` (${signedPercent(liftInterval[0])} to ${signedPercent(liftInterval[1])})`;
    const effect = `${spaced(metric)} ${lift === null ? 'without a lift' : signedPercent(lift)}${interval}`;
    const seen = `${effect} with ${whole(units.control)} and ${whole(units.treatment)} units. ${reason}`;
    return [advice(recommendation === 'rollback' ? 'act' : 'consider', experimentWords[recommendation](featureTitle(feature)), seen)];
  });
}

/** The feature that is furthest below its conservative target, by dollars a year. */
function shortfall({ features, elapsedDays }: Figures): { feature: ReportFeature; annualUsd: number; targetUsd: number } | null {
  const short = features.flatMap((feature) => {
    const annualUsd = ((feature.valueUsdMicros / 1e6) * 365) / elapsedDays;
    const targetUsd = feature.annualTargetUsd?.conservative ?? 0;
    return annualUsd < targetUsd ? [{ feature, annualUsd, targetUsd }] : [];
  });
  return short.sort((a, b) => b.targetUsd - b.annualUsd - (a.targetUsd - a.annualUsd))[0] ?? null;
}

function roi(figures: Figures): Advice[] {
  const { total, roi: levels } = figures;
  const reached = roiPercent(total.valueUsdMicros, total.costUsdMicros);
  if (reached === null || reached >= levels.targetPercent) return [];
  const worst = shortfall(figures);
  const first = `ROI ${percentText(reached)}, target ${percentText(levels.targetPercent)}`;
  if (worst === null)
    return [
      advice(
        'consider',
        'Bring costs down: every feature reaches its target, the ROI does not.',
        `${first}; costs ${dollars(total.costUsdMicros)}.`,
      ),
    ];
  const rate = `${dollars(worst.annualUsd * 1e6)} a year at this rate, at least ${dollars(worst.targetUsd * 1e6)} planned`;
  const urgency = reached < levels.criticalPercent ? 'act' : 'consider';
  return [advice(urgency, `Look at ${featureTitle(worst.feature.feature)} first: it is furthest below its plan.`, `${first}; ${rate}.`)];
}

function drops({ features, kind, complete }: Figures): Advice[] {
  // A Saturday is no Friday.
  if (!complete || kind === 'daily') return [];
  return features.flatMap(({ feature, valueUsdMicros, previousValueUsdMicros, uses }) => {
    const change = changePercent(valueUsdMicros, previousValueUsdMicros);
    if (previousValueUsdMicros <= 0 || change === null || change > -NOTABLE_PERCENT) return [];
    const evidence = `${dollars(valueUsdMicros)} after ${dollars(previousValueUsdMicros)} the ${beforeWord[kind]}, ${counted(uses, 'use')}.`;
    return [advice('consider', `Find out why ${featureTitle(feature)} was worth ${percentText(-change)} less.`, evidence)];
  });
}

function costs({ costs: all, kind, complete, total }: Figures): Advice[] {
  if (!complete) return [];
  const rose = ({ amountUsdMicros, previousUsdMicros }: ReportCost): boolean =>
    (changePercent(amountUsdMicros, previousUsdMicros) ?? 0) > NOTABLE_PERCENT &&
    amountUsdMicros - previousUsdMicros > total.costUsdMicros * NOTABLE_SHARE;
  return all.filter(rose).map(({ category, amountUsdMicros, previousUsdMicros }) => {
    const evidence = `${dollars(amountUsdMicros)} after ${dollars(previousUsdMicros)} the ${beforeWord[kind]} (${changeText(amountUsdMicros, previousUsdMicros)}).`;
    return advice('consider', `Review what ${spaced(category)} costs.`, evidence);
  });
}

function keyMetrics({ features }: Figures): Advice[] {
  return features.flatMap(({ feature, keyMetric, uses }) => {
    if (keyMetric === null || keyMetric.mean === null || keyMetric.met !== false) return [];
    const evidence = `Mean ${spaced(keyMetric.metric)} ${shown(keyMetric.mean)}, target ${shown(keyMetric.target)}, ${counted(uses, 'use')}.`;
    return [advice('note', `${featureTitle(feature)} does not reach its own target yet.`, evidence)];
  });
}

function missedTargets({ targets }: Figures): Advice[] {
  return (targets ?? []).flatMap((target) => {
    const { title, unit, warning, critical, actual } = target;
    const state = targetState(target);
    if (actual === null || (state !== 'warning' && state !== 'critical')) return [];
    const limit = (state === 'critical' ? critical : warning) as number;
    const evidence = `${measured(actual, unit)} over the period, limit ${measured(limit, unit)}.`;
    return [advice(state === 'critical' ? 'act' : 'consider', `Bring ${title} back within its limits.`, evidence)];
  });
}

function causality({ features }: Figures): Advice[] {
  const doubtful = features.flatMap(({ feature, valueUsdMicros, causal }) =>
    causal !== null && valueUsdMicros > causal.highUsdMicros
      ? [
          advice(
            'consider',
            `Do not plan with the observed value of ${featureTitle(feature)}: its experiment does not bear it out.`,
            `Observed ${dollars(valueUsdMicros)}, causal ${dollars(causal.valueUsdMicros)} (${dollars(causal.lowUsdMicros)} to ${dollars(causal.highUsdMicros)}).`,
          ),
        ]
      : [],
  );
  const bare = features.filter(
    ({ causal, valueUsdMicros, annualTargetUsd }) => causal === null && valueUsdMicros > 0 && annualTargetUsd !== null,
  );
  if (bare.length === 0) return doubtful;
  const named = bare.map(({ feature }) => featureTitle(feature)).join(', ');
  const total = bare.reduce((sum, { valueUsdMicros }) => sum + valueUsdMicros, 0);
  return [
    ...doubtful,
    advice('note', 'Run an experiment where there is none.', `${dollars(total)} rest on comparisons with a baseline only: ${named}.`),
  ];
}

function quality({ quality: found, kind }: Figures): Advice[] {
  if (found === null) return [];
  const letters = found.deadLetters.reduce((sum, { n }) => sum + n, 0);
  const [worst] = [...found.deadLetters].sort((a, b) => b.n - a.n);
  const missing = found.sources.filter(isMissing);
  return [
    ...missing.map(({ source, previousN }) =>
      advice(
        'act',
        `Check what sends ${spaced(source)}: nothing has arrived.`,
        `0 measurements after ${whole(previousN)} the ${beforeWord[kind]}.`,
      ),
    ),
    ...(letters === 0
      ? []
      : [
          advice(
            'consider',
            'Mend and redrive the dead letters: `impact dlq list` shows them.',
            `${counted(letters, 'event')} could not be used, most often for ${spaced(worst?.reason ?? '')} (${whole(worst?.n ?? 0)}).`,
          ),
        ]),
  ];
}

/** All advice, what is urgent first. */
export function adviceOf(figures: ReportFigures): Advice[] {
  const rules = [firing, rollbacks, experiments, missedTargets, quality, roi, drops, costs, causality, keyMetrics];
  const all = rules.flatMap((rule) => rule(figures));
  return urgencies.flatMap((urgency) => all.filter((one) => one.urgency === urgency));
}
