/** The notify stage: alerts, rollout steps and announcements become messages, each of which is sent until it is taken. */
import type { Config } from '../src/config.ts';
import type { Routing } from '../src/domain/notify/routing.ts';
import { forgetOld } from '../src/query/notify/store.ts';
import type { Database } from '../src/query/outbox.ts';
import { depths } from '../src/query/outbox-send.ts';
import { disableWebhook } from '../src/query/webhooks.ts';
import { persist } from '../src/runtime/backoff.ts';
import type { Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import { type Poll, poll } from '../src/runtime/poll.ts';
import type { BatchConsumer } from '../src/runtime/records.ts';
import { repeat } from '../src/runtime/repeat.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import { fanOut } from './notify/fanout.ts';
import { type IntakeDeps, type Transactions, takeBatch } from './notify/intake.ts';
import { createOutbox, type Senders } from './notify/send.ts';
import { reroute, tellDue } from './notify/tell.ts';

export type NotifyDeps = StageDeps & {
  config: Pick<Config, 'namespace' | 'publicUrl' | 'notifyAttempts' | 'notifyRetryMs' | 'notifyTimeoutMs' | 'notifyKeepDays'>;
  failpoint: Failpoint;
  /** Of group `notify` over the topics of alerts and of flag changes, read committed. */
  consumer: BatchConsumer;
  registry: Pick<Registry, 'decoder'>;
  postgres: Database & Transactions;
  routing: Routing;
  senders: Senders;
};

/** What this process does itself it knows at once; what others do, and what only time does, is seen this late at most. */
const LOOK_MS = 500;
const FORGET_MS = 3_600_000;
const MEASURE_MS = 10_000;
const DAY_MS = 86_400_000;
const CHANNELS = ['pagerduty', 'slack', 'mail', 'webhook'] as const;

/** Why the stage does not get on; null where it does. */
type Troubles = Map<string, string | null>;

const watched =
  <T>(what: string, troubles: Troubles, work: () => Promise<T>) =>
  async (): Promise<T> => {
    try {
      const result = await work();
      troubles.set(what, null);
      return result;
    } catch (error) {
      troubles.set(what, `${what}: ${(error as Error).message}`);
      throw error;
    }
  };

async function measure({ postgres, metrics, now }: NotifyDeps): Promise<void> {
  const known = new Map((await depths(postgres, now())).map((one) => [one.channel, one]));
  for (const channel of CHANNELS) {
    const { waiting = 0, ageSeconds = 0, dead = 0 } = known.get(channel) ?? {};
    metrics.set('impact_notify_outbox_messages', waiting, { channel });
    metrics.set('impact_notify_outbox_age_seconds', ageSeconds, { channel });
    metrics.set('impact_notify_outbox_dead', dead, { channel });
  }
}

/** What is done again and again beside the consumer, each by itself: a receiver that takes its time delays no alert. */
function startLoops(deps: NotifyDeps, intake: IntakeDeps & Pick<NotifyDeps, 'postgres'>, troubles: Troubles) {
  const { postgres, config, log, now } = deps;
  const outbox = createOutbox({
    ...deps,
    random: Math.random,
    retry: { attempts: config.notifyAttempts, firstMs: config.notifyRetryMs },
    timeoutMs: config.notifyTimeoutMs,
    gone: (message, error) => disableWebhook(postgres, message.target, error),
    settled: () => sending.nudge(),
  });
  const look = (what: string, work: () => Promise<boolean>): Poll => poll(what, watched(what, troubles, work), LOOK_MS, log);
  const feeding = (step: () => Promise<boolean | null>) => async (): Promise<boolean> => {
    const more = await step();
    if (more !== null) sending.nudge();
    return more ?? false;
  };
  const sending: Poll = look('sending', outbox.send);
  const tellers = [
    look(
      'telling',
      feeding(() => tellDue(intake)),
    ),
    look(
      'announcing',
      feeding(() => fanOut(postgres)),
    ),
  ];
  const others = [
    repeat('measuring', () => measure(deps), MEASURE_MS, log),
    repeat('forgetting', () => forgetOld(postgres, now() - config.notifyKeepDays * DAY_MS), FORGET_MS, log),
  ];
  return {
    /** Records have been taken in. */
    nudge(): void {
      for (const one of tellers) one.nudge();
    },
    async end(): Promise<void> {
      await Promise.all(tellers.map((one) => one.end()));
      await Promise.all([sending.end(), ...others.map((end) => end())]);
      await outbox.idle();
    },
  };
}

/** Joins the group and starts telling and sending. Several processes may do so at once. */
export async function startNotify(deps: NotifyDeps): Promise<RunningStage> {
  const { config, consumer, registry, log } = deps;
  const stopping = new AbortController();
  const troubles: Troubles = new Map([['consuming', 'it has not joined its group yet']]);
  const decoders = { alert: registry.decoder('alert'), change: registry.decoder('flag-change') };
  const intake = { ...deps, namespace: config.namespace, publicUrl: config.publicUrl, decoders };
  await reroute(intake);
  const loops = startLoops(deps, intake, troubles);
  const waiting = (error: Error | null): void => {
    troubles.set('consuming', error && `consuming: ${error.message}`);
    if (error) log.warn({ error: error.message }, 'a component is away; the batch is tried again');
  };
  await consumer.start({
    assigned: () => troubles.set('consuming', null),
    broken: (error) => troubles.set('consuming', `waits for kafka: ${error.message}`),
    async batch(batch, generation, alive) {
      let rebalancing = false;
      const take = async (): Promise<number> => {
        await alive().catch((error: unknown) => {
          rebalancing = true;
          throw error;
        });
        return takeBatch(intake, batch);
      };
      // Everything else that can fail here is a component that is away: nothing in a record makes it throw.
      const offset = await persist(take, { signal: stopping.signal, onWait: waiting, retry: () => !rebalancing });
      loops.nudge();
      await consumer.commit(generation, [{ topic: batch.topic, partition: batch.partition, offset }]);
      return true;
    },
  });
  return {
    name: 'notify',
    health() {
      const reasons = [...troubles.values()].filter((reason) => reason !== null);
      return { ready: reasons.length === 0, reasons };
    },
    async stop() {
      stopping.abort();
      await consumer.stop();
      await loops.end();
    },
  };
}
