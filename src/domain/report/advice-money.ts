/** Advice about the money: the ROI and what holds it down, drops, costs that rose, and how far the figures can be believed. */

import { counted } from '../counted.ts';
import { roiPercent } from '../roi.ts';
import { costsByCategory, type ReportCost, type ReportFeature, type ReportFigures } from './figures.ts';
import { beforeWord } from './period.ts';
import { type Advice, advice } from './urgency.ts';
import { changePercent, changeText, dollars, featureTitle, keyMetricText, percentText, spaced } from './words.ts';

type Figures = ReportFigures;

/** Smaller changes are the noise of everyday business. */
const NOTABLE_PERCENT = 20;
/** Changes of less money are not worth a reader's time: 1 % of the period's costs. */
const NOTABLE_SHARE = 0.01;

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
  const rose = ({ amountUsdMicros, previousUsdMicros }: Pick<ReportCost, 'amountUsdMicros' | 'previousUsdMicros'>): boolean =>
    (changePercent(amountUsdMicros, previousUsdMicros) ?? 0) > NOTABLE_PERCENT &&
    amountUsdMicros - previousUsdMicros > total.costUsdMicros * NOTABLE_SHARE;
  return costsByCategory(all)
    .filter(rose)
    .map(({ category, amountUsdMicros, previousUsdMicros }) => {
      const evidence = `${dollars(amountUsdMicros)} after ${dollars(previousUsdMicros)} the ${beforeWord[kind]} (${changeText(amountUsdMicros, previousUsdMicros)}).`;
      return advice('consider', `Review what ${spaced(category)} costs.`, evidence);
    });
}

function keyMetrics({ features }: Figures): Advice[] {
  return features.flatMap(({ feature, keyMetric, uses }) => {
    if (keyMetric === null || keyMetric.mean === null || keyMetric.met !== false) return [];
    const evidence = `Mean ${keyMetricText(keyMetric.metric, keyMetric.mean, keyMetric.target)}, ${counted(uses, 'use')}.`;
    return [advice('note', `${featureTitle(feature)} does not reach its own target yet.`, evidence)];
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

export const moneyAdvice = (figures: Figures): Advice[] => [roi, drops, costs, causality, keyMetrics].flatMap((rule) => rule(figures));
