/** Dead letters sent to their topics again: which, and doing it. */
import { topicName } from '../domain/names.ts';
import { eventTopics } from '../domain/topics.ts';
import { addToGroups, type Choice, eachLetter, type Group, kindOfTopic, type Letter, markOf, originalMessage } from './letters.ts';
import type { System } from './system.ts';

type Parts = Pick<System, 'config' | 'readTopic' | 'producer'>;

/** What stands in for a whole batch is none of its records: those are where they were, and a replay from Kafka reads them there. */
const isSendable = ({ config }: Parts, { topic, reason }: Letter): boolean =>
  reason !== 'unreadable_batch' && kindOfTopic(config.namespace, topic) !== null;

/** The chosen letters that can be sent again. A message that died twice is sent once; letters of foreign topics have nowhere to go. */
export async function sendableLetters(system: Parts, choice: Choice): Promise<Letter[]> {
  const marks = new Set<string>();
  const letters: Letter[] = [];
  await eachLetter(system, choice, (letter) => {
    const known = marks.size === marks.add(markOf(letter)).size;
    if (!known && isSendable(system, letter)) letters.push(letter);
  });
  return letters;
}

/** How many of which reason from which topic. */
export function countLetters(letters: readonly Letter[]): { reason: string; topic: string; count: number }[] {
  const groups = new Map<string, Group>();
  for (const letter of letters) addToGroups(groups, letter);
  return [...groups.values()].map(({ reason, topic, count }) => ({ reason, topic, count }));
}

/** Sends each to the topic that it came from, as it was. */
export async function sendLetters(system: Parts, letters: readonly Letter[]): Promise<void> {
  const producer = await system.producer();
  for (const letter of letters) {
    const kind = kindOfTopic(system.config.namespace, letter.topic);
    if (kind !== null) await producer.send(topicName(system.config.namespace, eventTopics[kind]), [originalMessage(letter)]);
  }
}
