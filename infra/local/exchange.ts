import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Sends bytes to a loopback port and answers what comes back, as soon as `isWhole` says that it is an answer.
 * The stack's checks speak Kafka's and Redis's protocols through this, so that they need no client library.
 * @param caFile authority of the server's certificate; undefined: no TLS
 */
export function exchange(
  port: number,
  request: Buffer,
  isWhole: (answer: Buffer) => boolean,
  { timeoutMs = 2_000, caFile }: { timeoutMs?: number; caFile?: string | undefined } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const address = { host: '127.0.0.1', port };
    const socket = caFile === undefined ? connect(address) : connectTls({ ...address, ca: readFileSync(caFile) });
    let answer: Buffer = Buffer.alloc(0);
    const finish = (error: Error | undefined): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(new Error(`no answer on port ${port} within ${timeoutMs} ms`)));
    socket.once('error', (error) => finish(new Error(`port ${port}: ${error.message}`)));
    socket.once('close', () => finish(new Error(`port ${port} closed the connection`)));
    socket.once(caFile === undefined ? 'connect' : 'secureConnect', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (isWhole(answer)) finish(undefined);
    });
  });
}

/** GET or POST to a loopback URL.
 * @throws with the status and the start of the body unless it is 2xx. */
export async function httpText(url: string, body?: string): Promise<string> {
  // A kept-alive connection would hold up the server's own shutdown.
  const headers = { connection: 'close' };
  const signal = AbortSignal.timeout(2_000);
  const response = await fetch(url, body === undefined ? { headers, signal } : { method: 'POST', body, headers, signal }).catch(
    (error: Error) => {
      throw new Error(`${url}: ${(error.cause as Error | undefined)?.message ?? error.message}`);
    },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}
