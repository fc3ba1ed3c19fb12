/** The schemas of what is on the topics, and the registry's subject of each. */
import { type EventKind, eventKinds } from './event.ts';
import { topicName } from './names.ts';
import { eventTopics, topics } from './topics.ts';

/** `schemas/avro/<name>.avsc`. */
export type SchemaName = EventKind | 'alert' | 'window' | 'flag-change' | 'guard-sums' | 'rollback';
export const schemaNames: readonly SchemaName[] = [...eventKinds, 'alert', 'window', 'flag-change', 'guard-sums', 'rollback'];

/** Topic of a schema's records, without the namespace. */
function topicOfSchema(name: SchemaName): string {
  switch (name) {
    case 'alert':
      return topics.alerts;
    case 'window':
      return topics.windows;
    case 'flag-change':
      return topics.flagChanges;
    case 'guard-sums':
      return topics.guardSums;
    case 'rollback':
      return topics.rollbacks;
    default:
      return eventTopics[name];
  }
}

/** The registry's subject, by Confluent's topic name strategy. */
export function subjectOf(namespace: string, name: SchemaName): string {
  return `${topicName(namespace, topicOfSchema(name))}-value`;
}

/** Key of an event's message: one tenant's feature stays in order. */
export const eventKey = ({ tenantId, featureId }: { tenantId: string; featureId: string }): string => `${tenantId}|${featureId}`;
