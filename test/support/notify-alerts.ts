/** Alerts and groups for the tests of what is told of them. */
import type { Transition } from '../../src/domain/alert.ts';
import { type Group, type Member, newGroup } from '../../src/domain/notify/group.ts';
import type { Route, Routing } from '../../src/domain/notify/routing.ts';

export const NOON = Date.UTC(2026, 0, 11, 12);

/** A firing critical alert of the whole platform, opened at noon. */
export function alertOf(changes: Partial<Transition> = {}): Transition {
  const openedAt = changes.openedAt ?? NOON;
  const fingerprint = changes.fingerprint ?? [changes.rule ?? 'error-rate', changes.tenantId, changes.featureId].filter(Boolean).join(':');
  const alertId = changes.alertId ?? `${fingerprint}:${openedAt}`;
  const [ordinal, transition] = [changes.ordinal ?? 1, changes.transition ?? (changes.state === 'resolved' ? 'resolved' : 'opened')];
  return {
    transitionId: `${alertId}:${ordinal}:${transition}`,
    alertId,
    fingerprint,
    ordinal,
    rule: 'error-rate',
    ruleVersion: 1,
    title: 'Error rate',
    severity: 'critical',
    previousSeverity: null,
    state: 'firing',
    transition,
    reason: null,
    scope: 'platform',
    tenantId: null,
    featureId: null,
    metric: 'request_error',
    statistic: 'percent',
    value: 7.25,
    previousValue: null,
    comparison: 'above',
    threshold: 5,
    windowStart: openedAt - 60_000,
    windowEnd: openedAt,
    n: 400,
    openedAt,
    runbook: 'docs/operating.md#errors',
    ...changes,
  };
}

export const memberOf = (changes: Partial<Transition> = {}, rest: Partial<Omit<Member, 'alert'>> = {}): Member => ({
  alert: alertOf(changes),
  told: null,
  acknowledgedBy: null,
  heldUntil: null,
  ...rest,
});

export const groupOf = (changes: Partial<Group> = {}): Group => ({ ...newGroup('critical|rule=error-rate'), ...changes });

export const routeOf = (changes: Partial<Route> = {}): Route => ({
  name: 'critical',
  match: { severity: ['critical'] },
  to: { pagerduty: ['default'], slack: ['#alerts'], mail: ['on-call@example.com', 'cto@example.com'] },
  group: ['rule'],
  waitMs: 5_000,
  intervalMs: 60_000,
  repeatMs: 3_600_000,
  resolved: true,
  ...changes,
});

export const routingOf = (changes: Partial<Routing> = {}): Routing => ({
  routes: [routeOf()],
  rollouts: { pagerduty: [], slack: [], mail: [] },
  inhibit: [],
  escalation: [],
  ...changes,
});
