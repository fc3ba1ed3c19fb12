/** The record stage on the test components, in this process or in one of its own. */
import { createBatchConsumer } from '../../src/adapters/kafka/consumer.ts';
import { createOffsets } from '../../src/adapters/kafka/offsets.ts';
import { groupName, topicName } from '../../src/domain/names.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { failpoint } from '../../src/main/stages.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { recordTopics, startRecord } from '../../streams/record.ts';

export function startRecordStage({ config, logs, metrics, kafka, clickhouse, registry }: Adapters): Promise<RunningStage> {
  const log = logs('record');
  const topics = recordTopics.map((topic) => topicName(config.namespace, topic));
  const consumer = createBatchConsumer(kafka, config, { group: groupName(config.namespace, 'record'), topics, readCommitted: true }, log);
  const [decoder, offsets] = [registry.decoder('alert'), createOffsets(kafka)];
  return startRecord({ config, log, metrics, failpoint, now: Date.now, consumer, clickhouse, decoder, offsets });
}
