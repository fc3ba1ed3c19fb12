/**
 * TLS before a server that speaks none: the ClickHouse of the local stack, whose build listens in plain text only, and the registry,
 * which signs nobody in (that part, too, is done here). What the server itself refuses, a wrong password of ClickHouse, it still refuses.
 */
import { readFileSync } from 'node:fs';
import { request as forward } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './secure-certificates.ts';

export type Gate = { url: string; close(): Promise<void> };
export type Credentials = { username: string; password: string };

const basic = ({ username, password }: Credentials): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** @param credentials whom to let in by HTTP's basic authentication; absent: everyone, signing in is the server's own matter */
export async function openGate(target: string, { certificateFile, keyFile }: Certificate, credentials?: Credentials): Promise<Gate> {
  const { hostname, port, pathname } = new URL(target);
  const server = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, (request, response) => {
    if (credentials && request.headers.authorization !== basic(credentials)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end('who are you?');
      return;
    }
    const { method, url: path, headers } = request;
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}${pathname === '/' ? '' : pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
