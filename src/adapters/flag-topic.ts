/** Changes of flags, and steps of their rollouts, on their topic; one flag's in order. */
import { changeRecord, type FlagChange } from '../domain/flags/change.ts';
import { topicName } from '../domain/names.ts';
import { stepRecord, type ToldStep } from '../domain/rollout/step.ts';
import { topics } from '../domain/topics.ts';
import type { Registry } from '../runtime/codec.ts';
import { within } from '../runtime/patience.ts';

type Producer = { send(topic: string, messages: { key: string; value: Buffer }[]): Promise<void> };

const PATIENCE_MS = 10_000;

/** Resolves when Kafka has acknowledged all of them. Throws ImpactError `unavailable`; they may be told again. */
type Tell<T> = (changes: readonly T[]) => Promise<void>;

function createTeller<T extends { readonly flagId: string }>(
  recordOf: (change: T) => Record<string, unknown>,
  registry: Pick<Registry, 'encoder'>,
  producer: () => Promise<Producer>,
  namespace: string,
): Tell<T> {
  const send = async (changes: readonly T[]): Promise<void> => {
    const encode = await registry.encoder('flag-change');
    const messages = changes.map((change) => ({ key: change.flagId, value: encode(recordOf(change)) }));
    await (await producer()).send(topicName(namespace, topics.flagChanges), messages);
  };
  return (changes) => within(send(changes), PATIENCE_MS, 'Kafka does not acknowledge');
}

type Sending = [registry: Pick<Registry, 'encoder'>, producer: () => Promise<Producer>, namespace: string];

export const createFlagTopic = (...sending: Sending): Tell<FlagChange> => createTeller(changeRecord, ...sending);

/** Steps that leave the flag as it is; all others are told by the change that they make. */
export const createStepTopic = (...sending: Sending): Tell<ToldStep> => createTeller(stepRecord, ...sending);
