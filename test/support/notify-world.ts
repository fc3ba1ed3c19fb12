/** One installation whose notify stage sends to receivers of this test: in this process, or in processes that may be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import type { Transition } from '../../src/domain/alert.ts';
import { databaseName, topicName } from '../../src/domain/names.ts';
import type { RolloutChange } from '../../src/domain/notify/rollout.ts';
import { topics } from '../../src/domain/topics.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { starts } from '../../src/main/stages.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testEnv } from './config.ts';
import { eventually } from './eventually.ts';
import { openMailbox } from './mailbox.ts';
import { openPagerDuty, openSlack, openWebhookReceiver } from './receivers.ts';

const script = fileURLToPath(new URL('./notify-process.ts', import.meta.url));

export type NotifyWorld = Awaited<ReturnType<typeof openNotifyWorld>>;

/** Receivers of every channel, configured; `routing` is the text of the routing file. */
export async function openNotifyWorld(routing: string, changes: Record<string, string> = {}) {
  const [pagerduty, slack, webhook, mailbox] = await Promise.all([openPagerDuty(), openSlack(), openWebhookReceiver(), openMailbox()]);
  const folder = mkdtempSync(join(tmpdir(), 'impact-notify-'));
  const routingFile = join(folder, 'routing.yaml');
  writeFileSync(routingFile, routing);
  const env = testEnv({
    ROUTING_FILE: routingFile,
    PAGERDUTY_ROUTING_KEY: '0123456789abcdef0123456789abcdef',
    PAGERDUTY_URL: pagerduty.url,
    SLACK_WEBHOOK_URL: `${slack.url}/services/T0/B0/x`,
    SLACK_API_URL: `${slack.url}/api`,
    SMTP_SERVER: '127.0.0.1',
    SMTP_PORT: String(mailbox.port),
    WEBHOOK_ALLOW_PRIVATE: 'true',
    NOTIFY_RETRY_MS: '100',
    KAFKA_SESSION_TIMEOUT_MS: '1500',
    PUBLIC_URL: 'https://impact.example',
    ...changes,
  });
  const config = loadConfig(env);
  const adapters = openAdapters(config);
  const { postgres, registry } = adapters;
  await Promise.all([
    // A fresh topic is not known to every broker thread at once.
    eventually(() => ensureTopics(adapters.kafka, config)),
    registry.registerAll(),
    migratePostgres(postgres, config),
  ]);
  const running = new Set<ChildProcess>();
  const stages: RunningStage[] = [];
  const full = (topic: string): string => topicName(config.namespace, topic);
  return {
    config,
    adapters,
    postgres,
    pagerduty,
    slack,
    webhook,
    mailbox,
    async sendAlerts(alerts: readonly Transition[]): Promise<void> {
      const [encode, producer] = [await registry.encoder('alert'), await adapters.producer()];
      await producer.send(
        full(topics.alerts),
        alerts.map((one) => ({ key: one.fingerprint, value: encode(one) })),
      );
    },
    async sendChange(change: RolloutChange): Promise<void> {
      const [encode, producer] = [await registry.encoder('flag-change'), await adapters.producer()];
      await producer.send(full(topics.flagChanges), [{ key: change.flagId, value: encode({ before: null, after: null, ...change }) }]);
    },
    async sendBytes(topic: string, value: Buffer): Promise<void> {
      await (await adapters.producer()).send(full(topic), [{ key: 'x', value }]);
    },
    /** The stage in this process. */
    async start(): Promise<RunningStage> {
      const stage = (await starts.notify?.(adapters)) as RunningStage;
      stages.push(stage);
      return stage;
    },
    /** The stage in a process of its own; `failpoint` kills it at that point. Resolves when it has joined its group, or is gone. */
    async spawn(failpoint = ''): Promise<ChildProcess> {
      const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const;
      const child = spawn(process.execPath, [script], { env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint }, stdio: [...stdio] });
      running.add(child);
      child.once('exit', () => running.delete(child));
      await Promise.race([once(child, 'message'), once(child, 'exit')]);
      return child;
    },
    /** How many messages have not been finished. */
    async waiting(): Promise<number> {
      const [row] = await postgres.query<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE state = 'pending'`);
      return row?.n ?? 0;
    },
    async close(): Promise<void> {
      for (const child of running) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await Promise.all(stages.map((stage) => stage.stop()));
      await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
      await adapters.close();
      await Promise.all([pagerduty.close(), slack.close(), webhook.close(), mailbox.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}
