/** Connections to Redis, for services and for our own processes alike: one server, several of which one is the primary, or a cluster; with or without TLS. */
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, Cluster, Redis } from 'ioredis';
import { parseRedisUrl, type RedisNode, type RedisPlace } from '../domain/redis-url.ts';

export type RedisConnection = Redis | Cluster;

export type RedisConnectionOptions = {
  /** `redis://user:password@host:port/0`, `rediss:` for TLS; several hosts after commas: the first that is a primary is used, or, with `cluster`, they are where to begin. */
  url: string;
  /** The hosts are nodes of a Redis Cluster. */
  cluster?: boolean;
  /** Certificate authority of the servers, PEM; default: the system's. */
  ca?: string;
  /** Told every failure of the connection; it is tried again in any case. */
  onError?: (error: Error) => void;
  /** For a single look: no second attempt. */
  once?: boolean;
};

const CONNECT_TIMEOUT_MS = 3_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;
const DISCONNECT_TIMEOUT_MS = 2_000;

/** Doubling with jitter, so that a Redis that comes back is found within a second, and not by everybody at one instant. */
const waitMs = (attempts: number): number =>
  Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts, 10), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);

/** Goes from host to host with every attempt, and refuses those that are no primary: what they have may be old, and they take no changes. */
function connectorOver(nodes: readonly RedisNode[], tls: ConnectionOptions | undefined) {
  let attempts = 0;
  return class NextHost extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    override check(info: { role?: string }): boolean {
      return info.role === undefined || info.role === 'master';
    }

    async connect(): Promise<Socket | TLSSocket> {
      const { host, port } = nodes[attempts++ % nodes.length] as RedisNode;
      this.connecting = true;
      this.stream = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
      this.stream.once('error', (error: Error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}

/** What both kinds of connection are given. */
const commonOptions = ({ username, password }: RedisPlace) => ({
  connectTimeout: CONNECT_TIMEOUT_MS,
  ...(username === null ? {} : { username }),
  ...(password === null ? {} : { password }),
});

function singleConnection(place: RedisPlace, tls: ConnectionOptions | undefined, once: boolean): Redis {
  return new Redis({
    ...commonOptions(place),
    lazyConnect: true,
    db: place.db,
    Connector: connectorOver(place.nodes, tls),
    retryStrategy: once ? () => null : waitMs,
    // Every host gets its chance before a command is given up.
    maxRetriesPerRequest: once ? 0 : place.nodes.length,
    // A primary that was demoted while connected says so.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
}

function clusterConnection(place: RedisPlace, tls: ConnectionOptions | undefined, once: boolean): Cluster {
  return new Cluster([...place.nodes], {
    lazyConnect: true,
    clusterRetryStrategy: once ? () => null : waitMs,
    redisOptions: { ...commonOptions(place), maxRetriesPerRequest: 1, ...(tls ? { tls } : {}) },
    // Certificates name hosts, so hosts are not resolved to addresses first.
    ...(tls ? { dnsLookup: (address: string, found: (error: null, address: string) => void) => found(null, address) } : {}),
  });
}

/**
 * @returns a connection that opens with its first command and then for ever tries to stay open
 * @throws ImpactError `bad_configuration` for a URL of another form
 */
export function connectRedis({ url, cluster = false, ca, onError, once = false }: RedisConnectionOptions): RedisConnection {
  const place = parseRedisUrl(url);
  const tls = place.tls ? (ca === undefined ? {} : { ca }) : undefined;
  const redis = cluster ? clusterConnection(place, tls, once) : singleConnection(place, tls, once);
  // Without a listener an error would end the process.
  redis.on('error', (error: Error) => onError?.(error));
  return redis;
}
