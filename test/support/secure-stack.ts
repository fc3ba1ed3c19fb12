/** Real components of a test's own that serve nobody without TLS and a password. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readLayout } from '../../infra/local/state.ts';
import { stackDown, stackUp } from '../../infra/stack.ts';
import { type Authority, type Certificate, certificateFolder, createAuthority } from './secure-certificates.ts';
import { openGate } from './secure-gate.ts';
import { endpoints, ownStack } from './stack.ts';

export type SecureStack = {
  /** Settings that reach everything, signed in by SCRAM-SHA-512. */
  env: Record<string, string>;
  username: string;
  /** Has characters in it that a URL must encode. */
  password: string;
  authority: Authority;
  /** Signed by nobody whom the components trust. */
  stranger: Certificate;
  /** A listener of the broker that wants the client's certificate as well, and knows SCRAM-SHA-512 only. */
  strictKafka: string;
  close(): Promise<void>;
};

const withCredentials = (url: string, protocol: string, username: string, password: string): string => {
  const { host, pathname } = new URL(url);
  return `${protocol}://${username}:${encodeURIComponent(password)}@${host}${pathname}`;
};

/** Brings up Kafka, ClickHouse, Postgres and Redis with a new authority and a new password, and gates before ClickHouse and the shared registry. */
export async function openSecureStack(purpose: string): Promise<SecureStack> {
  const name = ownStack(purpose);
  const folder = certificateFolder();
  const authority = createAuthority(folder, 'trusted');
  const { caFile } = authority;
  const server = authority.issue('server');
  const [username, password] = ['impact_user', `p/ss@w:rd%${randomBytes(9).toString('hex')}`];
  const plain = await stackUp({ name, ports: 'free', security: { ...server, caFile, username, password } });
  const clickhouse = await openGate(plain.clickhouse, server);
  const registry = await openGate(endpoints().registry, server, { username, password });
  const strict = readLayout(name)?.nodes.find(({ component }) => component === 'kafka')?.ports['strict'];
  return {
    env: {
      KAFKA_BROKERS: plain.kafka,
      KAFKA_TLS: 'true',
      KAFKA_CA_FILE: caFile,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_USERNAME: username,
      KAFKA_PASSWORD: password,
      SCHEMA_REGISTRY_URL: registry.url,
      SCHEMA_REGISTRY_CA_FILE: caFile,
      SCHEMA_REGISTRY_USERNAME: username,
      SCHEMA_REGISTRY_PASSWORD: password,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_CA_FILE: caFile,
      CLICKHOUSE_USERNAME: username,
      CLICKHOUSE_PASSWORD: password,
      DATABASE_URL: withCredentials(plain.postgres, 'postgresql', username, password),
      DATABASE_CA_FILE: caFile,
      REDIS_URL: withCredentials(plain.redis, 'rediss', username, password),
      REDIS_CA_FILE: caFile,
    },
    username,
    password,
    authority,
    stranger: createAuthority(folder, 'unknown').issue('stranger'),
    strictKafka: `127.0.0.1:${strict}`,
    async close() {
      await Promise.all([clickhouse.close(), registry.close()]);
      await stackDown({ name, wipe: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
