/** The few sentences that an executive reads. */

import { counted } from '../counted.ts';
import { roiPercent } from '../roi.ts';
import type { ReportFigures } from './figures.ts';
import { beforeWord } from './period.ts';
import type { Advice } from './urgency.ts';
import { changeText, dollars, featureTitle, percentText } from './words.ts';

/** `unknown`: there is nothing to judge by. */
const verdicts = ['good', 'fair', 'warning', 'critical', 'unknown'] as const;
export type Verdict = (typeof verdicts)[number];
export type Summary = { verdict: Verdict; headline: string; sentences: string[] };

/** By the ROI's own levels, but never better than what is urgent allows. */
function verdictOf({ total, roi }: ReportFigures, advice: readonly Advice[]): Verdict {
  const reached = roiPercent(total.valueUsdMicros, total.costUsdMicros);
  if (reached !== null && reached < roi.criticalPercent) return 'critical';
  if (advice.some(({ urgency }) => urgency === 'act')) return 'critical';
  if (reached === null) return 'unknown';
  if (reached < roi.warningPercent) return 'warning';
  return reached >= roi.targetPercent ? 'good' : 'fair';
}

function headlineOf({ total, roi }: ReportFigures): string {
  const reached = roiPercent(total.valueUsdMicros, total.costUsdMicros);
  const value = `${dollars(total.valueUsdMicros)} of value`;
  if (reached === null) return total.valueUsdMicros === 0 ? 'Nothing was measured.' : `${value}, and no cost to hold it against.`;
  const against = reached >= roi.targetPercent ? 'above' : 'below';
  return `${value} on ${dollars(total.costUsdMicros)} of cost: ROI ${percentText(reached)}, ${against} the target of ${percentText(roi.targetPercent)}.`;
}

function comparison({ kind, total, previousTotal, complete }: ReportFigures): string[] {
  if (!complete) return ['The period is still going on: these figures will grow.'];
  if (previousTotal.valueUsdMicros === 0 && previousTotal.costUsdMicros === 0) return [`There are no figures of the ${beforeWord[kind]}.`];
  const [value, cost] = [
    changeText(total.valueUsdMicros, previousTotal.valueUsdMicros),
    changeText(total.costUsdMicros, previousTotal.costUsdMicros),
  ];
  return [`Against the ${beforeWord[kind]}: value ${value}, cost ${cost}.`];
}

function best({ features }: ReportFigures): string[] {
  const [first] = [...features].sort((a, b) => b.valueUsdMicros - a.valueUsdMicros);
  if (first === undefined || first.valueUsdMicros <= 0) return [];
  return [`Most came from ${featureTitle(first.feature)}: ${dollars(first.valueUsdMicros)}.`];
}

function proven({ features }: ReportFigures): string[] {
  const causal = features.flatMap((one) => (one.causal === null ? [] : [one.causal]));
  if (causal.length === 0) return [];
  const sum = (key: keyof (typeof causal)[number]): number => causal.reduce((total, one) => total + one[key], 0);
  return [`Experiments account for ${dollars(sum('valueUsdMicros'))}, for ${dollars(sum('lowUsdMicros'))} at least.`];
}

function alerts({ alerts: all }: ReportFigures): string[] {
  const bad = all.filter(({ severity }) => severity !== 'success');
  if (bad.length === 0) return ['No alerts.'];
  const still = bad.filter(({ firing }) => firing).length;
  return [`${counted(bad.length, 'alert')}, ${still === 0 ? 'all resolved' : `${still} still firing`}.`];
}

export function summaryOf(figures: ReportFigures, advice: readonly Advice[]): Summary {
  const sentences = [comparison, best, proven, alerts].flatMap((say) => say(figures));
  const urgent = advice.filter(({ urgency }) => urgency === 'act').length;
  const todo = urgent === 0 ? [] : [`${counted(urgent, 'thing')} to act on now.`];
  return { verdict: verdictOf(figures, advice), headline: headlineOf(figures), sentences: [...sentences, ...todo] };
}
