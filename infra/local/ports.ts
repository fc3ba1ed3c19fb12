import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ephemeral range, so that no outgoing connection takes a port between its choice and its use. */
const LOWEST = 20_000;
const HIGHEST = 31_999;

/** Answers `count` different loopback ports on which nothing listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const chosen = new Set<number>();
  for (let tries = 0; chosen.size < count; tries++) {
    if (tries > 50 * count) throw new Error(`no ${count} free ports between ${LOWEST} and ${HIGHEST}`);
    const candidate = randomInt(LOWEST, HIGHEST + 1);
    if (!chosen.has(candidate) && (await isFree(candidate))) chosen.add(candidate);
  }
  return [...chosen];
}

/** Does nothing listen on this loopback port? */
export function isFree(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(candidate, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
