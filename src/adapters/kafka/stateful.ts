/** Everything that a stateful stage needs from Kafka, as one. */
import type { Kafka } from 'kafkajs';
import type { Config } from '../../config.ts';
import { groupName, topicName } from '../../domain/names.ts';
import type { Failpoint } from '../../runtime/failpoint.ts';
import type { Log } from '../../runtime/log.ts';
import type { OpenStateful } from '../../runtime/stateful.ts';
import { partitionCount } from './admin.ts';
import { createChangelog } from './changelog.ts';
import { createGroup } from './group.ts';
import { openLedger } from './transaction.ts';

/** How stateful stages are connected to this Kafka. Nothing connects before a stage starts. */
export function createStateful(kafka: Kafka, config: Config, log: Log, failpoint: Failpoint): OpenStateful {
  return ({ stage, topics, changelog, outputs, committedOnly }) => {
    const fullName = (topic: string): string => topicName(config.namespace, topic);
    const withoutNamespace = (topic: string): string => (config.namespace === '' ? topic : topic.slice(config.namespace.length + 1));
    const group = groupName(config.namespace, stage);
    const names = { stage, group, changelog: fullName(changelog), ...(outputs ? { outputs } : {}), fullName };
    const changes = createChangelog(kafka, names.changelog);
    const members = createGroup(kafka, config, { group, topics: topics.map(fullName), committedOnly, withoutNamespace }, log);
    return {
      openLedger: (partition) => openLedger(kafka, changes, partition, names, failpoint),
      start: members.start,
      partitions: (topic) => partitionCount(kafka, fullName(topic)),
      async stop() {
        await members.stop();
        await changes.stop();
      },
    };
  };
}
