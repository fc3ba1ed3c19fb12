/** Where the demonstration runs: a stack of its own, and settings that point everything at it. */
import { createServer } from 'node:net';
import { type StackEndpoints, stackDown, stackUp } from '../../../infra/stack.ts';
import type { Config } from '../../config.ts';
import type { Context } from '../context.ts';
import { withProgress } from '../progress.ts';
import { stackEnvironment } from '../stack.ts';

const USUAL_PORTS = [19092, 18081, 18123, 15432, 16379];
const USUAL_API_PORT = 8000;

export type Place = { name: string; settings: Record<string, string>; config: Config; url: string };

/** Whether a port can be listened on, and which one it is; 0 asks for any. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}

async function freePort(wanted = 0): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

async function choosePorts(): Promise<'default' | 'free'> {
  const open = await Promise.all(USUAL_PORTS.map(tryPort));
  return open.includes(null) ? 'free' : 'default';
}

/** Its incidents are invented: whoever has configured channels for real ones must not be woken by them. */
const tellsNobody = {
  SMTP_SERVER: '',
  SLACK_WEBHOOK_URL: '',
  SLACK_WEBHOOK_URLS: '',
  SLACK_BOT_TOKEN: '',
  PAGERDUTY_ROUTING_KEY: '',
  PAGERDUTY_ROUTING_KEYS: '',
  ROUTING_FILE: '',
};

/**
 * Two partitions keep a small machine's work small. Slow signals are looked at every ten seconds instead of every five minutes,
 * and a silent partition holds the others back for three seconds instead of ten, because nobody waits that long for a demonstration.
 */
function settingsOf(endpoints: StackEndpoints, ports: { api: number; others: number }): Record<string, string> {
  return {
    ...stackEnvironment(endpoints),
    ...tellsNobody,
    IMPACT_NAMESPACE: '',
    KAFKA_PARTITIONS: '2',
    WINDOW_SIZES: '10s,1m,5m/1m',
    WINDOW_IDLE_MS: '3000',
    SIGNALS_INTERVAL_MS: '10000',
    API_HOST: '127.0.0.1',
    API_PORT: String(ports.api),
    METRICS_PORT: String(ports.others),
    LOG_PRETTY: 'false',
    LOG_LEVEL: 'info',
  };
}

/** The stack also tells what it saw; here that would only be noise. */
const briefly = (line: string): string => line.replace(/ is ready: .*$/, ' is ready');

/** Starts an empty stack of our own; an older one of that name goes with its data. */
export async function openPlace(context: Context, name: string): Promise<Place> {
  const endpoints = await withProgress(
    context,
    'starting the components',
    async (progress) => {
      await stackDown({ name, wipe: true });
      return stackUp({ name, ports: await choosePorts(), onProgress: (line) => progress.update(briefly(line)) });
    },
    () => 'Kafka, registry, ClickHouse, Postgres and Redis are up',
  );
  const settings = settingsOf(endpoints, { api: await freePort(USUAL_API_PORT), others: await freePort() });
  return { name, settings, config: context.config({ ...settings, LOG_LEVEL: 'error' }), url: `http://127.0.0.1:${settings['API_PORT']}` };
}

/** Stops the stack; its data goes unless it is to be kept. */
export async function closePlace(context: Context, name: string, keep: boolean): Promise<void> {
  if (keep) return context.err(`the components stay up: impact stack status --name ${name}\n`);
  await withProgress(
    context,
    'stopping the components',
    () => stackDown({ name, wipe: true }),
    () => 'stopped, and its data removed',
  );
}
