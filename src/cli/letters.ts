/** Dead letters as the commands see them: chosen, grouped, and turned back into the messages they were. */
import { createHash } from 'node:crypto';
import type { OutMessage } from '../adapters/kafka/producer.ts';
import type { TopicRecord } from '../adapters/kafka/reader.ts';
import { type EventKind, eventKinds } from '../domain/event.ts';
import { topicName } from '../domain/names.ts';
import { eventTopics, topics } from '../domain/topics.ts';
import type { System } from './system.ts';

/** `id` is where it stands in the dead-letter topic: partition:offset. */
export type Letter = {
  id: string;
  at: number;
  reason: string;
  message: string;
  field: string | null;
  topic: string;
  attempt: number;
  record: TopicRecord;
};

export type Choice = { since: number; reason?: string | undefined; topic?: string | undefined };

function letterOf(record: TopicRecord): Letter {
  const { headers } = record;
  return {
    id: `${record.partition}:${record.offset}`,
    at: record.timestamp,
    reason: headers['dl-reason'] ?? '(none)',
    message: headers['dl-message'] ?? '',
    field: headers['dl-field'] || null,
    topic: headers['dl-topic'] ?? '(unknown)',
    attempt: Number(headers['dl-attempt'] ?? 1),
    record,
  };
}

const chosen = (letter: Letter, { reason, topic }: Choice): boolean =>
  (reason === undefined || letter.reason === reason) && (topic === undefined || letter.topic.endsWith(topic));

/** Calls `onLetter` with each chosen dead letter that exists now, one after the other. */
export async function eachLetter(
  system: Pick<System, 'config' | 'readTopic'>,
  choice: Choice,
  onLetter: (letter: Letter) => Promise<void> | void,
): Promise<void> {
  const topic = topicName(system.config.namespace, topics.deadLetters);
  await system.readTopic(topic, { since: choice.since, follow: false }, (record) => {
    const letter = letterOf(record);
    return chosen(letter, choice) ? onLetter(letter) : undefined;
  });
}

export type Group = { reason: string; topic: string; count: number; oldest: string; newest: string; example: string; message: string };

const iso = (time: number): string => new Date(time).toISOString();

/** Adds a letter to the group of its reason and topic. The group shows the newest one as its example. */
export function addToGroups(groups: Map<string, Group>, letter: Letter): void {
  const key = `${letter.reason}|${letter.topic}`;
  const group = groups.get(key) ?? {
    reason: letter.reason,
    topic: letter.topic,
    count: 0,
    oldest: iso(letter.at),
    newest: '',
    example: '',
    message: '',
  };
  const oldest = iso(Math.min(Date.parse(group.oldest), letter.at));
  const newer = iso(letter.at) >= group.newest;
  groups.set(key, {
    ...group,
    count: group.count + 1,
    oldest,
    ...(newer ? { newest: iso(letter.at), example: letter.id, message: letter.message } : {}),
  });
}

/** The kind whose topic a letter came from; null for a topic that is not ours. */
export function kindOfTopic(namespace: string, topic: string): EventKind | null {
  return eventKinds.find((kind) => eventTopics[kind] === topic || topicName(namespace, eventTopics[kind]) === topic) ?? null;
}

/** The message as it was. Of our own headers only the count of its deaths goes along, so that the next one is counted on. */
export function originalMessage({ record, attempt }: Letter): OutMessage {
  const foreign = Object.entries(record.headers).filter(([name]) => !name.startsWith('dl-'));
  return { key: record.key, value: record.value, headers: { ...Object.fromEntries(foreign), 'dl-attempt': String(attempt) } };
}

/** Letters of the same message, dead-lettered several times, have the same mark. */
export function markOf({ topic, record }: Letter): string {
  return createHash('sha256')
    .update(topic)
    .update('|')
    .update(record.key ?? '')
    .update('|')
    .update(record.value ?? '')
    .digest('base64');
}
