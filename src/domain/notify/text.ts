/** What a message says, in words that all channels share. */
import type { Transition } from '../alert.ts';
import { counted } from '../counted.ts';
import { durationText } from '../duration.ts';
import type { Telling } from './flush.ts';
import type { Member } from './group.ts';

/** "2026-01-11 09:00 UTC" */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

type Measured = Pick<Transition, 'metric' | 'statistic' | 'value' | 'comparison' | 'threshold'>;

/** Units follow from the statistic, or from the end of the metric's name. */
function unitOf({ metric, statistic }: Pick<Measured, 'metric' | 'statistic'>): string {
  if (statistic === 'percent' || statistic === 'roi' || metric.endsWith('_percent')) return ' %';
  if (metric.endsWith('_ms')) return ' ms';
  if (metric.endsWith('_seconds')) return ' s';
  if (metric.endsWith('_days')) return ' days';
  if (metric.endsWith('_points')) return ' points';
  return metric.endsWith('_usd') ? ' USD' : '';
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

/** A value that an alert is about, in its unit: "7.2 %" */
export const amountText = (value: number | null, of: Pick<Measured, 'metric' | 'statistic'>): string =>
  value === null ? 'no data' : `${rounded(value)}${unitOf(of)}`;

/** "7.2 % (limit: above 5 %)" */
export const valueText = (alert: Measured): string =>
  `${amountText(alert.value, alert)} (limit: ${alert.comparison} ${amountText(alert.threshold, alert)})`;

/** "harbor-homes / ai_coaching"; "the whole platform" where it is about all. */
export const placeText = ({ tenantId, featureId }: Pick<Transition, 'tenantId' | 'featureId'>): string =>
  [tenantId, featureId].filter((part) => part !== null).join(' / ') || 'the whole platform';

/** One alert in one line. */
export const alertText = (alert: Transition): string => `${alert.title}: ${placeText(alert)}: ${valueText(alert)}`;

/** The severity that a message has as a whole: the worst of what it is about. */
export function severityOf({ news, firing, resolved }: Pick<Telling, 'news' | 'firing' | 'resolved'>): Transition['severity'] {
  const all = [...news, ...firing, ...resolved];
  const has = (severity: string): boolean => all.some(({ alert }) => alert.severity === severity);
  return has('critical') ? 'critical' : has('warning') ? 'warning' : 'success';
}

/** What the message is foremost about. */
export const subjectsOf = ({ kind, news, firing, resolved }: Telling): readonly Member[] =>
  kind === 'resolved' ? resolved : news.length > 0 ? news : firing.length > 0 ? firing : resolved;

const heads: Record<Telling['kind'], (telling: Telling) => string> = {
  firing: (telling) => severityOf(telling).toUpperCase(),
  repeated: (telling) => `${severityOf(telling).toUpperCase()}, still`,
  resolved: () => 'RESOLVED',
  escalated: (telling) => `ESCALATED to ${telling.level?.name}`,
  acknowledged: () => 'ACKNOWLEDGED',
};

/** The message in a line: "CRITICAL: Error rate: the whole platform: 7.2 % (limit: above 5 %), and 3 more alerts". */
export function headline(telling: Telling): string {
  const subjects = subjectsOf(telling);
  const first = subjects[0]?.alert;
  const head = heads[telling.kind](telling);
  if (first === undefined) return head;
  const rest = subjects.length - 1;
  return `${head}: ${alertText(first)}${rest === 0 ? '' : `, and ${counted(rest, 'more alert')}`}`;
}

const acknowledgers = (members: readonly Member[]): string =>
  [...new Set(members.flatMap(({ acknowledgedBy }) => acknowledgedBy ?? []))].sort().join(', ');

/** Why there is a message, beyond its headline; empty where that says all. */
export function reasonText({ kind, level, firing, brief, resolved, restoredFrom }: Telling): string {
  if (restoredFrom !== null)
    return `A backup of ${timeText(restoredFrom)} was restored. This is what has changed since; you may have been told of it before.`;
  if (kind === 'escalated') return `Nobody has acknowledged this for ${durationText(level?.afterMs ?? 0)}.`;
  if (kind === 'acknowledged') return `Acknowledged by ${acknowledgers(firing)}.`;
  if (brief.length === 0) return '';
  return `${counted(brief.length, 'alert')} of ${resolved.length} that ended began since the last message, too.`;
}

/** How many of each, for messages that cannot list all. */
export const countsText = ({ news, firing, resolved }: Telling): string =>
  `${news.length} new, ${firing.length} firing, ${resolved.length} resolved`;

/** Where an alert can be looked at; null where the installation's address is not configured. */
export const alertUrl = (publicUrl: string, { alertId }: Pick<Transition, 'alertId'>): string | null =>
  publicUrl === '' ? null : `${publicUrl.replace(/\/+$/, '')}/alerts/${encodeURIComponent(alertId)}`;

/** A runbook that is a path belongs to the product's repository, and is no link by itself. */
export const runbookUrl = ({ runbook }: Pick<Transition, 'runbook'>): string | null => (/^https?:\/\//.test(runbook) ? runbook : null);
