/** Redis servers of a test's own: to be stopped, to be clustered, to speak TLS. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

export type OwnRedis = {
  port: number;
  url: string;
  /** Starts it again with what it had stored. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Not scheduled any more, but its connections stay open. */
  freeze(): void;
  thaw(): void;
  ask(...command: [string, ...string[]]): Promise<unknown>;
  /** Stops it and removes its files. */
  close(): Promise<void>;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** @param args further options of redis-server */
export async function openRedis(
  args: (port: number) => string[] = () => [],
  connection: { tls?: ConnectionOptions; password?: string } = {},
): Promise<OwnRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'impact-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const ask: OwnRedis['ask'] = async (name, ...rest) => {
    const redis = new Redis(port, '127.0.0.1', { ...connection, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => {});
    try {
      return await redis.call(name, ...rest);
    } finally {
      redis.disconnect();
    }
  };
  const stop = async (): Promise<void> => {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  };
  const start = async (): Promise<void> => {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ];
    child = spawn('redis-server', [...options, ...args(port)], { stdio: 'ignore' });
    await eventually(() => ask('PING'));
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    ask,
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SLOTS = 16_384;

const openNode = (): Promise<OwnRedis> => openRedis(() => ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']);

export type RedisCluster = {
  url: string;
  nodes: OwnRedis[];
  /** Gives the master that holds this key a replica, which takes over when that is gone. @returns the master */
  protect(key: string): Promise<OwnRedis>;
  close(): Promise<void>;
};

/** Until each of them sees so many nodes, and all slots served. */
async function untilKnown(nodes: readonly OwnRedis[]): Promise<void> {
  for (const node of nodes)
    await eventually(async () => {
      const info = String(await node.ask('CLUSTER', 'INFO'));
      if (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${nodes.length}`)) throw new Error(info);
    });
}

/** Three masters that know each other. */
export async function openRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all([0, 1, 2].map(openNode));
  const [first] = nodes as [OwnRedis];
  for (const [i, node] of nodes.entries()) {
    const [from, to] = [Math.floor((i * SLOTS) / 3), Math.floor(((i + 1) * SLOTS) / 3) - 1];
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(node.port));
  }
  await untilKnown(nodes);
  const all = [...nodes];
  return {
    url: `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/0`,
    nodes,
    async protect(key) {
      const slot = Number(await first.ask('CLUSTER', 'KEYSLOT', key));
      const master = nodes[Math.floor(((slot + 1) * 3 - 1) / SLOTS)] as OwnRedis;
      const replica = await openNode();
      all.push(replica);
      await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(replica.port));
      await untilKnown(all);
      await replica.ask('CLUSTER', 'REPLICATE', String(await master.ask('CLUSTER', 'MYID')));
      await eventually(async () => {
        const info = String(await replica.ask('INFO', 'replication'));
        if (!info.includes('role:slave') || !info.includes('master_link_status:up')) throw new Error(info);
      });
      return master;
    },
    close: async () => void (await Promise.all(all.map((node) => node.close()))),
  };
}

/** A Redis that speaks TLS with a certificate of its own authority, and wants a password. */
export async function openTlsRedis(password: string): Promise<{ url: string; ca: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'impact-redis-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject], {
    stdio: 'ignore',
  });
  const ca = readFileSync(certificate, 'utf8');
  const tls = (port: number): string[] => [
    ...['--tls-port', String(port), '--port', '0', '--tls-cert-file', certificate, '--tls-key-file', key],
    ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no', '--requirepass', password],
  ];
  const redis = await openRedis(tls, { tls: { ca }, password });
  return {
    url: `rediss://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}/0`,
    ca,
    async close() {
      await redis.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
