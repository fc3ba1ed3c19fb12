/** Names in the outside systems, derived from the namespace, so that several installations (and tests) share components. */

/** "impact-alerts" in namespace "t1" is "t1.impact-alerts"; without a namespace it is itself. */
export function topicName(namespace: string, topic: string): string {
  return namespace === '' ? topic : `${namespace}.${topic}`;
}

/** Consumer group of a stage. */
export function groupName(namespace: string, stage: string): string {
  return topicName(namespace, `impact-${stage}`);
}

/** ClickHouse database or Postgres schema. */
export function databaseName(namespace: string, base: string): string {
  return namespace === '' ? base : `${base}_${namespace}`;
}

/** Prefix of every Redis key and channel. */
export function redisPrefix(namespace: string): string {
  return namespace === '' ? 'impact:' : `impact:${namespace}:`;
}
