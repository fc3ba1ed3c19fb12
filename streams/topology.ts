/** THE MAP: every processor in order, with where it reads and where it writes. The topics are in `src/domain/topics.ts`. */
import { eventKinds } from '../src/domain/event.ts';
import { eventTopics, topics } from '../src/domain/topics.ts';

/** Where a stage reads and writes. `from` and `to` name topics or stores, for people and for the architecture picture. */
export type StageDefinition = { name: string; from: readonly string[]; to: readonly string[]; does: string };

/** Costs are nobody's outcome. */
export const guardTopics: readonly string[] = eventKinds.filter((kind) => kind !== 'operating-costs').map((kind) => eventTopics[kind]);

export const stages = [
  {
    name: 'store',
    from: Object.values(eventTopics),
    to: ['clickhouse', topics.deadLetters, topics.lateEvents],
    does: 'keeps every event as one row and its minute, hour and day rollups, exactly once',
  },
  {
    name: 'window',
    from: Object.values(eventTopics),
    to: [topics.windows, topics.windowChangelog, topics.lateEvents],
    does: 'aggregates events in event-time windows for each tenant, feature, metric and variant',
  },
  {
    name: 'signals',
    from: ['clickhouse'],
    to: [topics.windows],
    does: 'evaluates slow signals (ROI of a day, uptime, adoption, streaks) every five minutes',
  },
  {
    name: 'alert',
    from: [topics.windows],
    to: [topics.alerts, topics.alertChangelog, 'postgres'],
    does: 'holds windows against the rules and moves alerts through pending, firing and resolved',
  },
  {
    name: 'guard',
    from: [...guardTopics, topics.guardSums, 'redis'],
    to: [topics.guardSums, topics.rollbacks, topics.alerts, topics.guardChangelog, 'redis'],
    does: 'tests every rollout for harm after every outcome, and rolls back what is shown to do any',
  },
  {
    name: 'rollout',
    from: ['postgres', 'clickhouse', 'redis'],
    to: ['postgres', 'redis', topics.flagChanges],
    does: 'takes rollouts from stage to stage as their plans say, once every gate is met',
  },
  {
    name: 'roi',
    from: ['clickhouse', 'postgres'],
    to: ['postgres'],
    does: 'calculates what each day is worth and costs: today every five minutes, others when they close or change',
  },
  {
    name: 'notify',
    from: [topics.alerts, topics.flagChanges, 'postgres'],
    to: ['postgres', 'pagerduty', 'slack', 'mail', 'webhooks'],
    does: 'tells people and other systems of alerts, rollout steps and whatever is announced, once each',
  },
  {
    name: 'schedule',
    from: ['clickhouse', 'postgres'],
    to: ['postgres'],
    does: 'makes the reports on time, and checks every threshold and the system itself every five minutes',
  },
  {
    name: 'record',
    from: [topics.alerts, topics.deadLetters, topics.lateEvents],
    to: ['clickhouse'],
    does: 'keeps alerts, dead letters and late events as rows, and samples the lag of every stage',
  },
  {
    name: 'api',
    from: ['clickhouse', 'postgres', 'redis'],
    to: [...Object.values(eventTopics), topics.flagChanges],
    does: 'answers queries, collects events and changes flags over HTTP',
  },
] as const satisfies readonly StageDefinition[];

export type StageName = (typeof stages)[number]['name'];
