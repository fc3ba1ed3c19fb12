/** Follows the alert topic during the demonstration. */
import { topicName } from '../../domain/names.ts';
import type { Comparison, Statistic } from '../../domain/rule.ts';
import { topics } from '../../domain/topics.ts';
import type { System } from '../system.ts';

/** Times in milliseconds since 1970, UTC. `seenAt` is when the transition was written to its topic. */
export type Transition = {
  rule: string;
  title: string;
  transition: string;
  severity: string;
  metric: string;
  statistic: Statistic;
  value: number | null;
  comparison: Comparison;
  threshold: number;
  windowEnd: number;
  openedAt: number;
  seenAt: number;
  scope: string;
  place: string;
};

export type Watch = {
  transitions: readonly Transition[];
  /** Rules of which an alert has fired, and of which it has resolved after that. */
  fired(rule: string): boolean;
  resolved(rule: string): boolean;
  stop(): Promise<void>;
};

const placeOf = (alert: Record<string, unknown>): string =>
  [alert['tenantId'], alert['featureId']].filter((part) => part !== null).join(' / ') || 'platform';

function transitionOf(alert: Record<string, unknown>, seenAt: number): Transition {
  const text = (field: string): string => String(alert[field]);
  const number = (field: string): number => Number(alert[field]);
  return {
    rule: text('rule'),
    title: text('title'),
    transition: text('transition'),
    severity: text('severity'),
    metric: text('metric'),
    statistic: text('statistic') as Statistic,
    value: alert['value'] === null ? null : number('value'),
    comparison: text('comparison') as Comparison,
    threshold: number('threshold'),
    windowEnd: number('windowEnd'),
    openedAt: number('openedAt'),
    seenAt,
    scope: text('scope'),
    place: placeOf(alert),
  };
}

/** Starts to follow. `onTransition` is told each one as it comes. */
export function watchAlerts(system: System, onTransition: (transition: Transition) => void): Watch {
  const stopping = new AbortController();
  const transitions: Transition[] = [];
  const decoder = system.registry.decoder('alert');
  const topic = topicName(system.config.namespace, topics.alerts);
  const reading = system.readTopic(topic, { since: 0, follow: true, signal: stopping.signal }, async ({ value, timestamp }) => {
    await decoder.prepare([value]);
    const decoded = decoder.decode(value);
    if (!decoded.ok) return;
    const transition = transitionOf(decoded.record, timestamp);
    transitions.push(transition);
    onTransition(transition);
  });
  const has = (rule: string, wanted: string): boolean => transitions.some((one) => one.rule === rule && one.transition === wanted);
  return {
    transitions,
    fired: (rule) => has(rule, 'opened'),
    resolved: (rule) => has(rule, 'opened') && has(rule, 'resolved'),
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}
