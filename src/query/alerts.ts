/** Alerts as their newest transition left them, and the transitions of one. Times in rows are milliseconds since 1970. */
import type { Transition } from '../domain/alert.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** A table has no null for text, '' stands for "none"; and a word that a later release has written is text as well. */
type Stored<Value> = [Extract<Value, string>] extends [never] ? Value : string;

/** One transition as it stands in the table. */
export type AlertRow = { [Field in Exclude<keyof Transition, 'fingerprint' | 'tenantId' | 'featureId'>]: Stored<Transition[Field]> } & {
  tenant: string;
  feature: string;
};

export type AlertFilter = {
  state?: string | undefined;
  severity?: string | undefined;
  rule?: string | undefined;
  feature?: string | undefined;
  /** Opened from here on, and before there, ms. */
  openedFrom?: number | undefined;
  openedTo?: number | undefined;
};
/** Where the page before ended. */
export type AlertCursor = { openedAt: number; alertId: string };

const columns = `alert_id AS alertId, transition_id AS transitionId, ordinal, rule, rule_version AS ruleVersion, title, severity,
  previous_severity AS previousSeverity, state, transition, reason, scope, tenant, feature, metric, statistic, value, previous_value AS previousValue,
  comparison, threshold, toUnixTimestamp64Milli(window_start) AS windowStart, toUnixTimestamp64Milli(window_end) AS windowEnd, n,
  toUnixTimestamp64Milli(opened_at) AS openedAt, runbook`;

const millis = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

/** Conditions in words of the table; what never changes in an alert's life is sorted out before its newest transition is looked for. */
const always: Record<'rule' | 'feature' | 'openedFrom' | 'openedTo', string> = {
  rule: 'rule = {rule:String}',
  feature: 'feature = {feature:String}',
  openedFrom: `opened_at >= ${millis('openedFrom')}`,
  openedTo: `opened_at < ${millis('openedTo')}`,
};
const latest: Record<'state' | 'severity', string> = { state: 'state = {state:String}', severity: 'severity = {severity:String}' };

const conditionsOf = (known: Record<string, string>, filter: AlertFilter): string[] =>
  Object.entries(known).flatMap(([name, text]) => (filter[name as keyof AlertFilter] === undefined ? [] : [text]));

/** A page of alerts, youngest first. A token of one tenant does not see alerts about the whole platform: their values hold other tenants' too. */
export function alertRows(scope: Scope, filter: AlertFilter, after: AlertCursor | null, limit: number): Statement<AlertRow> {
  const tenant = tenantCondition(scope);
  const page = after === null ? [] : [`(opened_at, alert_id) < (${millis('afterOpenedAt')}, {afterAlertId:String})`];
  const inside = [tenant.text, ...conditionsOf(always, filter), ...page];
  const outside = conditionsOf(latest, filter);
  return {
    text: `SELECT ${columns}
FROM (
  SELECT * FROM alerts_final
  WHERE ${inside.join(' AND ')}
  ORDER BY alert_id, ordinal DESC
  LIMIT 1 BY alert_id
)
WHERE ${outside.join(' AND ') || '1'}
ORDER BY opened_at DESC, alert_id DESC
LIMIT {limit:UInt32}`,
    params: {
      ...tenant.params,
      ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
      ...(after === null ? {} : { afterOpenedAt: after.openedAt, afterAlertId: after.alertId }),
      limit,
    },
  };
}

/** Every transition of an alert, youngest first; none when there is no such alert in the scope. */
export function alertTransitions(scope: Scope, alertId: string): Statement<AlertRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT ${columns}
FROM alerts_final
WHERE ${tenant.text} AND alert_id = {alertId:String}
ORDER BY ordinal DESC
LIMIT 10000`,
    params: { ...tenant.params, alertId },
  };
}
