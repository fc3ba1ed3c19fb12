/** Health, readiness and metrics of a process that runs stages without the API. No tokens, so it stays on a loopback address unless told otherwise. */
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { RunningStage } from '../runtime/stage.ts';
import type { ApiDeps } from './deps.ts';
import { listenAt } from './listen-at.ts';

type ObserverDeps = Pick<ApiDeps, 'config' | 'log' | 'stages' | 'metricsText'>;

/**
 * Listens on API_HOST and METRICS_PORT.
 * @throws ImpactError `bad_configuration` when the port is taken
 */
export async function startObserver({
  config,
  log,
  stages,
  metricsText,
}: ObserverDeps): Promise<Pick<RunningStage, 'stop'> & { port: number }> {
  const app = fastify({ logger: false, forceCloseConnections: 'idle' });
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const seen = stages().map(({ name, health }) => ({ name, ...health }));
    const ready = seen.every((stage) => stage.ready);
    return reply.status(ready ? 200 : 503).send({ ready, stages: seen });
  });
  app.get('/metrics', async (_, reply) => {
    const { text, contentType } = await metricsText();
    return reply.type(contentType).send(text);
  });
  await listenAt(app, { host: config.apiHost, port: config.metricsPort, setting: 'METRICS_PORT' });
  const { port } = app.server.address() as AddressInfo;
  log.info({ host: config.apiHost, port }, 'health and metrics are served');
  return { port, stop: () => app.close() };
}
