import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { listenAt } from '../../src/api/listen-at.ts';

const app = (): { listen(options: { host: string; port: number }): Promise<number> } => ({
  listen: ({ host, port }) =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, host, () => {
        resolve((server.address() as { port: number }).port);
        server.unref();
      });
    }),
});

it('says which setting to change when the port is taken', async () => {
  const port = await app().listen({ host: '127.0.0.1', port: 0 });
  await expect(listenAt(app(), { host: '127.0.0.1', port, setting: 'METRICS_PORT' })).rejects.toMatchObject({
    code: 'bad_configuration',
    message: `another program listens on 127.0.0.1:${port}: end it, or give this one another port in METRICS_PORT (0 picks a free one)`,
  });
});

it('says so when the address is none of this machine, and passes on what it does not know', async () => {
  await expect(listenAt(app(), { host: '192.0.2.1', port: 0, setting: 'API_PORT' })).rejects.toThrow('see API_HOST');
  const broken = { listen: () => Promise.reject(new Error('other')) };
  await expect(listenAt(broken, { host: '127.0.0.1', port: 0, setting: 'API_PORT' })).rejects.toThrow('other');
});
