/** A process that runs the notify stage alone, for tests that kill it. Its environment is its configuration. It loads no more than that takes, for it starts often. */
import { flushCompileCache } from 'node:module';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createBatchConsumer } from '../../src/adapters/kafka/consumer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { createPostgres } from '../../src/adapters/postgres.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { loadConfig } from '../../src/config.ts';
import { groupName, topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { createSenders, routingOf } from '../../src/main/notify.ts';
import { createFailpoint } from '../../src/runtime/failpoint.ts';
import { startNotify } from '../../streams/notify.ts';

const config = loadConfig(process.env);
const log = createLogs(config)('notify');
const postgres = createPostgres(config);
const group = { group: groupName(config.namespace, 'notify'), readCommitted: true };
const read = [topics.alerts, topics.flagChanges].map((topic) => topicName(config.namespace, topic));

await startNotify({
  config,
  log,
  metrics: createMetrics(),
  failpoint: createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL')),
  now: Date.now,
  consumer: createBatchConsumer(createKafka(config, log), config, { ...group, topics: read }, log),
  registry: createRegistry(config, log),
  postgres,
  routing: routingOf(config),
  senders: createSenders({ config, postgres }),
});
// It has joined its group: whoever is killed while joining is waited for by the broker.
process.send?.('started');
// A process that is killed writes nothing down as it ends.
flushCompileCache();
