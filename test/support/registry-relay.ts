/** Stands before the real registry: counts what is asked, and can cut the line. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RegistryRelay = {
  url: string;
  /** Requests that came in since the start, "GET /schemas/ids/7" each, cut ones too. */
  asked: string[];
  /** From now on every request ends in a broken connection, or is answered with this status. */
  fail(how: 'cut' | number): void;
  restore(): void;
  close(): Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** @param registryUrl the real registry */
export async function openRegistryRelay(registryUrl: string): Promise<RegistryRelay> {
  const asked: string[] = [];
  let failure: 'cut' | number | null = null;
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = await bodyOf(request);
    if (failure === 'cut') return void request.socket.destroy();
    if (failure !== null) return void response.writeHead(failure).end('<html>not today</html>');
    const init = { method: request.method ?? 'GET', headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' } };
    const answer = await fetch(`${registryUrl}${request.url}`, body === '' ? init : { ...init, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fail(how) {
      failure = how;
    },
    restore() {
      failure = null;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
