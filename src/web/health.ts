/** How well things are, judged from the figures that the page shows, by rules that it can state. */
import type { PerformanceAnswer } from '../api/performance.ts';

export type Verdict = 'good' | 'warn' | 'bad' | 'unknown';
type TargetState = PerformanceAnswer['measures'][number]['state'];
export type Aspect = { name: string; verdict: Verdict; why: string };

const order: readonly Verdict[] = ['good', 'unknown', 'warn', 'bad'];

/** The worst of all that is known; nothing known is no good sign and no bad one. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const known = verdicts.filter((one) => one !== 'unknown');
  return known.length === 0 ? 'unknown' : (known.toSorted((a, b) => order.indexOf(b) - order.indexOf(a))[0] ?? 'unknown');
}

const verdicts: Record<TargetState, Verdict> = { met: 'good', within: 'warn', warning: 'warn', critical: 'bad', unknown: 'unknown' };

/** At its target a figure is good, beyond its critical limit bad. */
export const performanceVerdict = (states: readonly TargetState[]): Verdict => worst(states.map((state) => verdicts[state]));

/** At its target good; a loss is bad. */
export function roiVerdict(roiPercent: number | null, targetPercent: number): Verdict {
  if (roiPercent === null) return 'unknown';
  return roiPercent >= targetPercent ? 'good' : roiPercent >= 0 ? 'warn' : 'bad';
}

/** The share of the active users that the average valued feature has; null without any. */
export function meanAdoption(features: readonly { adoptionPercent: number }[]): number | null {
  if (features.length === 0) return null;
  return features.reduce((sum, { adoptionPercent }) => sum + adoptionPercent, 0) / features.length;
}

/** At its target good, below half of it bad. */
export function adoptionVerdict(adoptionPercent: number | null, targetPercent: number): Verdict {
  if (adoptionPercent === null) return 'unknown';
  return adoptionPercent >= targetPercent ? 'good' : adoptionPercent >= targetPercent / 2 ? 'warn' : 'bad';
}

/** What is firing decides: a critical alert is bad, a warning is to be watched. */
export function alertVerdict(firing: readonly { severity: string }[]): Verdict {
  if (firing.some(({ severity }) => severity === 'critical')) return 'bad';
  return firing.some(({ severity }) => severity === 'warning') ? 'warn' : 'good';
}
