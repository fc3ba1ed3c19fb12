/** How far the group of a stage is behind the event topics. */
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createOffsets } from '../../src/adapters/kafka/offsets.ts';
import { createLogs } from '../../src/adapters/log.ts';
import type { Config } from '../../src/config.ts';
import { groupName, topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';

/** Records of the event topics that the stage has not committed yet; over one connection, for whoever asks again and again. */
export function openLag(config: Config, stage: string): { read(): Promise<number>; close(): Promise<void> } {
  const offsets = createOffsets(createKafka(config, createLogs(config)('kafka')));
  const topics = Object.values(eventTopics).map((topic) => topicName(config.namespace, topic));
  const read = async (): Promise<number> => {
    const found = await offsets.read([{ group: groupName(config.namespace, stage), topics }]);
    return found.reduce((lag, { committed, start, end }) => lag + end - (committed ?? start), 0);
  };
  return { read, close: offsets.close };
}

/** The same, asked once. */
export function groupLag(config: Config, stage: string): Promise<number> {
  const lag = openLag(config, stage);
  return lag.read().finally(lag.close);
}
