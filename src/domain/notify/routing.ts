/** Who is told of what: the routes of alerts, of rollouts, and the escalation path. `notify/routing-file.ts` reads it from a document. */
import type { Transition } from '../alert.ts';
import type { Severity } from '../rule.ts';
import { shortened } from './group.ts';

/** `pagerduty` names services, `slack` channels, `mail` addresses. */
export type Receivers = { pagerduty: readonly string[]; slack: readonly string[]; mail: readonly string[] };

/** An alert fits when each list that is there names its value. */
export type Match = { severity?: readonly Severity[]; rule?: readonly string[]; tenant?: readonly string[]; feature?: readonly string[] };

/** In what alerts of a group agree. */
export const groupLabels = ['rule', 'severity', 'metric', 'tenant', 'feature'] as const;
export type GroupLabel = (typeof groupLabels)[number];

export type Route = {
  name: string;
  match: Match;
  to: Receivers;
  group: readonly GroupLabel[];
  /** How long the first alert of a group waits for others. */
  waitMs: number;
  /** The least time between two messages of a group. */
  intervalMs: number;
  /** How often a group is told again while nothing changes. */
  repeatMs: number;
  /** Whether the end is told, too. */
  resolved: boolean;
};

export type Inhibition = { source: Severity; target: Severity; same: readonly ('metric' | 'rule')[] };
export type EscalationLevel = { name: string; afterMs: number; severity: readonly Severity[]; to: Receivers };
export type Routing = {
  routes: readonly Route[];
  rollouts: Receivers;
  inhibit: readonly Inhibition[];
  escalation: readonly EscalationLevel[];
};

/** What routing looks at. */
export type Routed = Pick<Transition, 'rule' | 'severity' | 'metric' | 'tenantId' | 'featureId'>;

const labelOf: Record<GroupLabel, (alert: Routed) => string> = {
  rule: ({ rule }) => rule,
  severity: ({ severity }) => severity,
  metric: ({ metric }) => metric,
  tenant: ({ tenantId }) => tenantId ?? '',
  feature: ({ featureId }) => featureId ?? '',
};

const named = (list: readonly string[] | undefined, value: string | null): boolean =>
  list === undefined || (value !== null && list.includes(value));

function fits({ severity, rule, tenant, feature }: Match, alert: Routed): boolean {
  return named(severity, alert.severity) && named(rule, alert.rule) && named(tenant, alert.tenantId) && named(feature, alert.featureId);
}

/** The route of an alert; null where none fits. */
export const routeOf = ({ routes }: Routing, alert: Routed): Route | null => routes.find(({ match }) => fits(match, alert)) ?? null;

/** The key of an alert's group; it does not change while route and labels stay. */
export function groupKeyOf(route: Route, alert: Routed): string {
  const labels = route.group.map((label) => `${label}=${encodeURIComponent(labelOf[label](alert))}`);
  // It is a key in Postgres, whose indexes take no longer ones; names of tenants may be long.
  return [route.name, shortened(labels.join('|'), 1_000)].filter(Boolean).join('|');
}

/** The name of the route that a group's key begins with. */
export const routeNameOf = (groupKey: string): string => groupKey.split('|', 1)[0] ?? '';
