/** The API as a stage: it listens, and stops only after it has answered what it had begun. */
import type { AddressInfo } from 'node:net';
import type { RunningStage } from '../runtime/stage.ts';
import { build } from './app.ts';
import type { ApiDeps } from './deps.ts';
import { listenAt } from './listen-at.ts';
import { createProbe } from './probe.ts';

export type RunningApi = RunningStage & { url: string };

/** An IPv6 address stands in brackets in a URL. */
const urlOf = ({ address, family, port }: AddressInfo): string => `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/**
 * Listens on API_HOST and API_PORT.
 * @throws ImpactError `bad_configuration` when the port is taken
 */
export async function startApi(deps: ApiDeps): Promise<RunningApi> {
  const probe = createProbe(deps);
  const app = build(deps, probe);
  let stopping = false;
  // A connection that is kept alive after its last answer would hold up the stop until it times out.
  app.addHook('onSend', async (_, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
  await listenAt(app, { host: deps.config.apiHost, port: deps.config.apiPort, setting: 'API_PORT' });
  const url = urlOf(app.server.address() as AddressInfo);
  deps.log.info({ url, docs: `${url}/docs` }, 'the API listens');
  return {
    name: 'api',
    url,
    stop() {
      stopping = true;
      return app.close();
    },
    health() {
      // The answer is the last one; asking goes on behind it, for health is asked synchronously.
      void probe.check();
      return probe.last();
    },
  };
}
