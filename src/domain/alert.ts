/** One alert: what its windows make of it, what the world has been told, and the transition that closes the gap. */
import { type Evaluation, fold, inactive, type Phase, speaks } from './lifecycle.ts';
import { type Comparison, type Rule, type RuleScope, ruleKey, type Severity, type Statistic, severities } from './rule.ts';

export type TransitionKind = 'opened' | 'escalated' | 'deescalated' | 'revised' | 'repeated' | 'resolved';
export type Reason = 'recovered' | 'no_data' | 'late_data' | 'rule_changed' | 'rule_removed';

/** As in `schemas/avro/alert.avsc`. Times in milliseconds since 1970. */
export type Transition = {
  transitionId: string;
  alertId: string;
  fingerprint: string;
  ordinal: number;
  rule: string;
  ruleVersion: number;
  title: string;
  severity: Severity;
  previousSeverity: Severity | null;
  state: 'firing' | 'resolved';
  transition: TransitionKind;
  reason: Reason | null;
  scope: RuleScope;
  tenantId: string | null;
  featureId: string | null;
  metric: string;
  statistic: Statistic;
  value: number | null;
  previousValue: number | null;
  comparison: Comparison;
  threshold: number;
  windowStart: number;
  windowEnd: number;
  n: number;
  openedAt: number;
  runbook: string;
};

/** What an alert is about: null where it is about all. */
export type Subject = { tenantId: string | null; featureId: string | null };

/** The firing alert as the world was last told of it. */
type Told = { alertId: string; ordinal: number; severity: Severity; value: number | null; end: number; openedAt: number };

/** `recent`: windows that late data can still change, earliest first; `base`: the phase before them. `last`: the alert told last, firing or not. */
export type AlertState = Subject & {
  rule: Rule;
  hopMs: number;
  base: Phase;
  recent: Evaluation[];
  told: Told | null;
  last: { alertId: string; ordinal: number } | null;
  spokeAt: number;
};

/** `graceMs`: how long after its end late data may change a window. `repeatMs`: a firing alert is told again at most this often. */
export type AlertSettings = { graceMs: number; repeatMs: number };

/** Rule and subject; a tenant's own rule is about that tenant alone. Parts are escaped, so that no tenant's name can look like another fingerprint. */
export function fingerprintOf(rule: Pick<Rule, 'id' | 'tenant'>, { tenantId, featureId }: Subject): string {
  const tenant = rule.tenant === null && tenantId !== null ? `tenant=${encodeURIComponent(tenantId)}` : '';
  return [ruleKey(rule), tenant, featureId === null ? '' : `feature=${featureId}`].filter(Boolean).join(':');
}

export const newAlert = (rule: Rule, subject: Subject, hopMs: number): AlertState => ({
  ...subject,
  rule,
  hopMs,
  base: inactive,
  recent: [],
  told: null,
  last: null,
  spokeAt: 0,
});

type Cause = { transition: TransitionKind; reason: Reason | null; severity: Severity; openedAt: number };

/** Tells a transition and remembers it. The ids follow from what happened, so the same happening has the same ids. */
function tell(state: AlertState, { end, value, n }: Evaluation, cause: Cause): Transition {
  const { rule, told } = state;
  const fingerprint = fingerprintOf(rule, state);
  const alertId = told?.alertId ?? `${fingerprint}:${cause.openedAt}`;
  const ordinal = state.last?.alertId === alertId ? state.last.ordinal + 1 : 1;
  const resolved = cause.transition === 'resolved';
  state.last = { alertId, ordinal };
  state.told = resolved ? null : { alertId, ordinal, severity: cause.severity, value, end, openedAt: cause.openedAt };
  return {
    transitionId: `${alertId}:${ordinal}:${cause.transition}:${end}`,
    alertId,
    fingerprint,
    ordinal,
    rule: rule.id,
    ruleVersion: rule.version,
    title: rule.title,
    severity: cause.severity,
    previousSeverity: told?.severity ?? null,
    state: resolved ? 'resolved' : 'firing',
    transition: cause.transition,
    reason: cause.reason,
    scope: rule.scope,
    tenantId: state.tenantId,
    featureId: state.featureId,
    metric: rule.metric,
    statistic: rule.statistic,
    value,
    previousValue: told?.value ?? null,
    comparison: rule.comparison,
    threshold: rule.levels[cause.severity] ?? 0,
    windowStart: end - rule.windowMs,
    windowEnd: end,
    n,
    openedAt: cause.openedAt,
    runbook: rule.runbook,
  };
}

function place(recent: readonly Evaluation[], evaluation: Evaluation): Evaluation[] {
  return [...recent.filter(({ end }) => end !== evaluation.end), evaluation].sort((a, b) => a.end - b.end);
}

/** Folds windows that no late data can change any more into the base. */
function settle(state: AlertState, graceMs: number): void {
  const newest = state.recent.at(-1)?.end ?? 0;
  const settled = state.recent.filter(({ end }) => end < newest - graceMs);
  state.base = fold(state.base, settled, state.rule, state.hopMs);
  state.recent = state.recent.slice(settled.length);
}

const worse = (a: Severity, b: Severity): boolean => severities.indexOf(a) < severities.indexOf(b);

/** What must be told, if anything, when the windows make `wanted` of an alert that was told as `told`. */
function causeOf({ told, rule }: AlertState, wanted: Phase, evaluation: Evaluation, late: boolean, repeatMs: number): Cause | null {
  const reason: Reason | null = late ? 'late_data' : null;
  if (wanted.kind !== 'firing')
    return told && { transition: 'resolved', reason: reason ?? 'recovered', severity: told.severity, openedAt: told.openedAt };
  if (!told) return { transition: 'opened', reason, severity: wanted.severity, openedAt: wanted.openedAt };
  const same = { reason, severity: wanted.severity, openedAt: told.openedAt };
  if (wanted.severity !== told.severity)
    return { ...same, transition: worse(wanted.severity, told.severity) ? 'escalated' : 'deescalated' };
  if (late) return evaluation.end === told.end && evaluation.value !== told.value ? { ...same, transition: 'revised' } : null;
  return speaks(evaluation, rule) && evaluation.end - told.end >= repeatMs ? { ...same, transition: 'repeated' } : null;
}

/**
 * Holds one more window, or a window's late correction, against the rule.
 * @param late the window had been evaluated before
 * @returns the transition to tell, or null; `state` is changed
 */
export function evaluate(
  state: AlertState,
  evaluation: Evaluation,
  late: boolean,
  { graceMs, repeatMs }: AlertSettings,
): Transition | null {
  state.recent = place(state.recent, evaluation);
  settle(state, graceMs);
  if (speaks(evaluation, state.rule)) state.spokeAt = Math.max(state.spokeAt, evaluation.end);
  const wanted = fold(state.base, state.recent, state.rule, state.hopMs);
  const cause = causeOf(state, wanted, evaluation, late, repeatMs);
  return cause && tell(state, evaluation, cause);
}

/** Ends a firing alert without a window that says so: no data for too long, or its rule is gone. `at`: milliseconds since 1970. */
export function endAlert(state: AlertState, reason: Reason, at: number): Transition | null {
  const { told } = state;
  state.base = inactive;
  state.recent = [];
  return (
    told &&
    tell(state, { end: at, value: null, n: 0 }, { transition: 'resolved', reason, severity: told.severity, openedAt: told.openedAt })
  );
}

/** Has nothing been said for longer than the rule allows, as of `through`? */
export const isSilent = ({ spokeAt, rule }: AlertState, through: number): boolean => through - spokeAt > rule.noDataMs;

const meaning = ({ scope, metric, statistic, tenant, feature, windowMs }: Rule): string =>
  JSON.stringify([scope, metric, statistic, tenant, feature, windowMs]);

/** Goes on under a new version of its rule: what has been told stays told. Null when the new version measures something else. */
export function withRule(state: AlertState, rule: Rule): AlertState | null {
  if (meaning(rule) !== meaning(state.rule)) return null;
  const { told } = state;
  const base: Phase = told ? { kind: 'firing', severity: told.severity, openedAt: told.openedAt } : inactive;
  return { ...state, rule, base, recent: [] };
}
