/** Changes of flags on their topic, one flag's in order. */
import { changeRecord, type FlagChange } from '../domain/flags/change.ts';
import { topicName } from '../domain/names.ts';
import { topics } from '../domain/topics.ts';
import type { Registry } from '../runtime/codec.ts';
import { within } from '../runtime/patience.ts';

type Producer = { send(topic: string, messages: { key: string; value: Buffer }[]): Promise<void> };

const PATIENCE_MS = 10_000;

/** @returns a function that resolves when Kafka has acknowledged all of the changes. It throws ImpactError `unavailable`; they may be told again */
export function createFlagTopic(
  registry: Pick<Registry, 'encoder'>,
  producer: () => Promise<Producer>,
  namespace: string,
): (changes: readonly FlagChange[]) => Promise<void> {
  const send = async (changes: readonly FlagChange[]): Promise<void> => {
    const encode = await registry.encoder('flag-change');
    const messages = changes.map((change) => ({ key: change.flagId, value: encode(changeRecord(change)) }));
    await (await producer()).send(topicName(namespace, topics.flagChanges), messages);
  };
  return (changes) => within(send(changes), PATIENCE_MS, 'Kafka does not acknowledge');
}
