/** How each stage starts. */
import { startAlert } from '../streams/alert.ts';
import { startGuard } from '../streams/guard.ts';
import { startNotify } from '../streams/notify.ts';
import { recordTopics, startRecord } from '../streams/record.ts';
import { startRoi } from '../streams/roi.ts';
import { startRollout } from '../streams/rollout.ts';
import { startSchedule } from '../streams/schedule.ts';
import { monitorOnce } from '../streams/schedule-monitor.ts';
import { startSignals } from '../streams/signals.ts';
import { createLeadership } from '../streams/signals-leader.ts';
import { startStore, storeTopics } from '../streams/store.ts';
import type { StageName } from '../streams/topology.ts';
import { startWindow } from '../streams/window.ts';
import { partitionCount } from './adapters/kafka/admin.ts';
import { createBatchConsumer } from './adapters/kafka/consumer.ts';
import { createOffsets } from './adapters/kafka/offsets.ts';
import { createStateful } from './adapters/kafka/stateful.ts';
import { groupName, topicName } from './domain/names.ts';
import { topics } from './domain/topics.ts';
import type { Adapters } from './main-adapters.ts';
import { createSenders, routingOf } from './main-notify.ts';
import { readReport } from './query/report.ts';
import { unmeteredCost } from './query/roi-unmetered.ts';
import { scopeOf } from './query/scope.ts';
import { tracedConsumer } from './runtime/batch-span.ts';
import { createFailpoint } from './runtime/failpoint.ts';
import type { RunningStage } from './runtime/stage.ts';
import { tracedFlushes } from './runtime/traced-flushes.ts';

/** The process's own failpoint; see `runtime/failpoint.ts`. */
export const failpoint = createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));

const consumerOf = ({ kafka, config, logs }: Adapters, stage: StageName, topics: readonly string[], readCommitted: boolean) =>
  createBatchConsumer(kafka, config, { group: groupName(config.namespace, stage), topics, readCommitted }, logs(stage));

export const common = ({ config, logs, metrics }: Adapters, stage: StageName) => ({
  config,
  log: logs(stage),
  metrics,
  failpoint,
  now: Date.now,
});

const statefulOf = ({ kafka, config, logs }: Adapters, stage: StageName) => createStateful(kafka, config, logs(stage), failpoint);

type Start = (adapters: Adapters) => Promise<RunningStage>;

/** How each stage but the API starts. */
export const starts: Partial<Record<StageName, Start>> = {
  async store(adapters) {
    const consumer = consumerOf(adapters, 'store', storeTopics(adapters.config.namespace), false);
    const flushes = tracedFlushes(consumer, adapters.tracer, 'store');
    return startStore({ ...adapters, ...common(adapters, 'store'), ...flushes, producer: await adapters.producer() });
  },
  window: (adapters) => startWindow({ ...adapters, ...common(adapters, 'window'), stateful: statefulOf(adapters, 'window') }),
  alert: (adapters) => startAlert({ ...adapters, ...common(adapters, 'alert'), stateful: statefulOf(adapters, 'alert') }),
  guard: (adapters) => startGuard({ ...adapters, ...common(adapters, 'guard'), stateful: statefulOf(adapters, 'guard') }),
  rollout(adapters) {
    const leadership = createLeadership(adapters.postgres, topicName(adapters.config.namespace, 'impact-rollout'));
    return startRollout({ ...adapters, ...common(adapters, 'rollout'), leadership });
  },
  roi(adapters) {
    const leadership = createLeadership(adapters.postgres, topicName(adapters.config.namespace, 'impact-roi'));
    const flags = async () => (await adapters.flags.list()).flags;
    return startRoi({ ...adapters, ...common(adapters, 'roi'), flags, leadership });
  },
  async signals(adapters) {
    const { kafka, config, postgres } = adapters;
    const windowPartitions = await partitionCount(kafka, topicName(config.namespace, topics.windows));
    const leadership = createLeadership(postgres, topicName(config.namespace, 'impact-signals'));
    const own = { producer: await adapters.producer(), windowPartitions, leadership };
    return startSignals({
      ...adapters,
      ...common(adapters, 'signals'),
      ...own,
      unmeteredCost: (span) => unmeteredCost(adapters, span),
    });
  },
  async notify(adapters) {
    const topicsOf = [topics.alerts, topics.flagChanges].map((topic) => topicName(adapters.config.namespace, topic));
    const consumer = tracedConsumer(consumerOf(adapters, 'notify', topicsOf, true), adapters.tracer, 'notify');
    const parts = { consumer, routing: routingOf(adapters.config), senders: createSenders(adapters) };
    return startNotify({ ...adapters, ...common(adapters, 'notify'), ...parts });
  },
  schedule(adapters) {
    const own = common(adapters, 'schedule');
    return startSchedule({
      ...adapters,
      ...own,
      report: (question) => readReport(adapters, scopeOf(null), question),
      monitor: async (at) => void (await monitorOnce({ ...adapters, ...own }, at)),
      leadership: createLeadership(adapters.postgres, topicName(adapters.config.namespace, 'impact-schedule')),
    });
  },
  async record(adapters) {
    const topics = recordTopics.map((topic) => topicName(adapters.config.namespace, topic));
    const consumer = tracedConsumer(consumerOf(adapters, 'record', topics, true), adapters.tracer, 'record');
    const decoder = adapters.registry.decoder('alert');
    return startRecord({ ...adapters, ...common(adapters, 'record'), consumer, decoder, offsets: createOffsets(adapters.kafka) });
  },
};
