/** How each stage starts. A stage is loaded when it starts: a process that runs one of them holds the code of one. */
import { createLeadership } from '../../streams/signals-leader.ts';
import type { StageName } from '../../streams/topology.ts';
import { partitionCount } from '../adapters/kafka/admin.ts';
import { createBatchConsumer } from '../adapters/kafka/consumer.ts';
import { createOffsets } from '../adapters/kafka/offsets.ts';
import { createStateful } from '../adapters/kafka/stateful.ts';
import type { Flag } from '../domain/flags/flag.ts';
import { groupName, topicName } from '../domain/names.ts';
import { topics } from '../domain/topics.ts';
import { tracedConsumer } from '../runtime/batch-span.ts';
import { createFailpoint } from '../runtime/failpoint.ts';
import type { RunningStage } from '../runtime/stage.ts';
import { tracedFlushes } from '../runtime/traced-flushes.ts';
import type { Adapters } from './adapters.ts';

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
    const { startStore, storeTopics } = await import('../../streams/store.ts');
    const consumer = consumerOf(adapters, 'store', storeTopics(adapters.config.namespace), false);
    const flushes = tracedFlushes(consumer, adapters.tracer, 'store');
    return startStore({ ...adapters, ...common(adapters, 'store'), ...flushes, producer: await adapters.producer() });
  },
  async window(adapters) {
    const { startWindow } = await import('../../streams/window.ts');
    return startWindow({ ...adapters, ...common(adapters, 'window'), stateful: statefulOf(adapters, 'window') });
  },
  async alert(adapters) {
    const { startAlert } = await import('../../streams/alert.ts');
    return startAlert({ ...adapters, ...common(adapters, 'alert'), stateful: statefulOf(adapters, 'alert') });
  },
  async guard(adapters) {
    const { startGuard } = await import('../../streams/guard.ts');
    return startGuard({ ...adapters, ...common(adapters, 'guard'), stateful: statefulOf(adapters, 'guard') });
  },
  async rollout(adapters) {
    const { startRollout } = await import('../../streams/rollout.ts');
    const { clickhouse, config, postgres } = adapters;
    const leadership = createLeadership(postgres, topicName(config.namespace, 'impact-rollout'));
    const ahead = {
      flags: async () => (await adapters.flags.list()).flags,
      async keep(flags: readonly Flag[], now: number, goesOn: () => boolean) {
        const { keepAhead } = await import('../query/experiment/ahead.ts');
        return keepAhead(clickhouse, flags, { now, timeZone: config.timeZone, goesOn });
      },
    };
    return startRollout({ ...adapters, ...common(adapters, 'rollout'), leadership, ahead });
  },
  async roi(adapters) {
    const { startRoi } = await import('../../streams/roi.ts');
    const leadership = createLeadership(adapters.postgres, topicName(adapters.config.namespace, 'impact-roi'));
    const flags = async () => (await adapters.flags.list()).flags;
    return startRoi({ ...adapters, ...common(adapters, 'roi'), flags, leadership });
  },
  async signals(adapters) {
    const { startSignals } = await import('../../streams/signals.ts');
    const { unmeteredCost } = await import('../query/roi/unmetered.ts');
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
    const { startNotify } = await import('../../streams/notify.ts');
    const { createSenders, routingOf } = await import('./notify.ts');
    const topicsOf = [topics.alerts, topics.flagChanges].map((topic) => topicName(adapters.config.namespace, topic));
    const consumer = tracedConsumer(consumerOf(adapters, 'notify', topicsOf, true), adapters.tracer, 'notify');
    const parts = { consumer, routing: routingOf(adapters.config), senders: createSenders(adapters) };
    return startNotify({ ...adapters, ...common(adapters, 'notify'), ...parts });
  },
  async schedule(adapters) {
    const { startSchedule } = await import('../../streams/schedule.ts');
    const { monitorOnce } = await import('../../streams/schedule-monitor.ts');
    const { readReport } = await import('../query/report.ts');
    const { scopeOf } = await import('../query/scope.ts');
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
    const { recordTopics, startRecord } = await import('../../streams/record.ts');
    const topics = recordTopics.map((topic) => topicName(adapters.config.namespace, topic));
    const consumer = tracedConsumer(consumerOf(adapters, 'record', topics, true), adapters.tracer, 'record');
    const decoder = adapters.registry.decoder('alert');
    return startRecord({ ...adapters, ...common(adapters, 'record'), consumer, decoder, offsets: createOffsets(adapters.kafka) });
  },
};
