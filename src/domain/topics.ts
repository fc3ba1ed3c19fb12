/** Every topic there is, without its namespace (`names.ts` adds that), and how each kind of topic is kept. */
import { type EventKind, eventKinds } from './event.ts';

/** One event kind, one topic. */
export const eventTopics = Object.fromEntries(eventKinds.map((kind) => [kind, `impact-${kind}`])) as Record<EventKind, string>;

export const topics = {
  windows: 'impact-windows',
  alerts: 'impact-alerts',
  deadLetters: 'impact-dead-letters',
  lateEvents: 'impact-late-events',
  flagChanges: 'impact-flag-changes',
  guardSums: 'impact-guard-sums',
  rollbacks: 'impact-rollbacks',
  windowChangelog: 'impact-window-changelog',
  alertChangelog: 'impact-alert-changelog',
  guardChangelog: 'impact-guard-changelog',
} as const;

/** `events`: what services send. `derived`: what our stages make of it. `changelog`: compacted state. `bad`: what could not be used, kept whole. */
export type TopicKind = 'events' | 'derived' | 'changelog' | 'bad';

export const topicKinds: readonly { topic: string; kind: TopicKind }[] = [
  ...Object.values(eventTopics).map((topic) => ({ topic, kind: 'events' as const })),
  { topic: topics.windows, kind: 'derived' },
  { topic: topics.alerts, kind: 'derived' },
  { topic: topics.flagChanges, kind: 'derived' },
  { topic: topics.guardSums, kind: 'derived' },
  { topic: topics.rollbacks, kind: 'derived' },
  { topic: topics.windowChangelog, kind: 'changelog' },
  { topic: topics.alertChangelog, kind: 'changelog' },
  { topic: topics.guardChangelog, kind: 'changelog' },
  { topic: topics.deadLetters, kind: 'bad' },
  { topic: topics.lateEvents, kind: 'bad' },
];
