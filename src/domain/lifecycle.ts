/** The life of an alert as a fold over its windows: inactive -> pending -> firing -> inactive. */
import type { Rule, Severity } from './rule.ts';
import { severityOf } from './threshold.ts';

/** What one window says about a rule: the value (null: none, for example ROI without cost) from `n` observations. `end` in milliseconds. */
export type Evaluation = { end: number; value: number | null; n: number };

/** `since`: end of the first window of the unbroken run beyond the limit; `last`: of its last. */
export type Phase =
  | { kind: 'inactive' }
  | { kind: 'pending'; since: number; last: number }
  | { kind: 'firing'; severity: Severity; openedAt: number };

export const inactive: Phase = { kind: 'inactive' };

/** Does the window say anything? One with too few observations does not. */
export const speaks = ({ value, n }: Evaluation, rule: Pick<Rule, 'minSample'>): boolean => value !== null && n >= rule.minSample;

function whilePending(phase: Phase, { end }: Evaluation, severity: Severity, rule: Rule, hopMs: number): Phase {
  const unbroken = phase.kind === 'pending' && end - phase.last <= hopMs;
  const since = unbroken ? phase.since : end;
  return end - since >= rule.forMs ? { kind: 'firing', severity, openedAt: end } : { kind: 'pending', since, last: end };
}

/**
 * One window later. A window that says nothing breaks a run that is pending and leaves a firing alert as it is.
 * @param hopMs distance of the ends of two windows; a longer one breaks a run
 */
function step(phase: Phase, evaluation: Evaluation, rule: Rule, hopMs: number): Phase {
  if (evaluation.value === null || !speaks(evaluation, rule)) return phase.kind === 'firing' ? phase : inactive;
  const severity = severityOf(evaluation.value, rule, phase.kind === 'firing' ? phase.severity : null);
  if (severity === null) return inactive;
  return phase.kind === 'firing' ? { ...phase, severity } : whilePending(phase, evaluation, severity, rule, hopMs);
}

/** The phase after all of these windows, earliest first. */
export const fold = (phase: Phase, evaluations: readonly Evaluation[], rule: Rule, hopMs: number): Phase =>
  evaluations.reduce((before, one) => step(before, one, rule, hopMs), phase);
