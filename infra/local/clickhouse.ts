import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpText } from './exchange.ts';
import { type Component, nodesOf, port, type Security, type StackLayout, type StackNode } from './layout.ts';

/** ClickHouse, from the library that the npm package chdb ships (clickhouse-server.ts runs it). A cluster is two shards. */
export const clickhouse: Component = {
  name: 'clickhouse',
  ports: { http: 18123, tcp: 18223 },
  clusterNodes: 2,
  stopSignal: 'SIGTERM',
  prepare,
  command: (node, stack) => ({
    file: process.execPath,
    args: [
      join(import.meta.dirname, 'clickhouse-server.ts'),
      node.dataDir,
      configFile(node),
      String(port(node, 'http')),
      ...(stack.cluster ? ['tcp'] : []),
    ],
  }),
  check,
  // One URL for each shard: whoever changes tables or recomputes rollups does it on every one.
  endpoint: (nodes) => nodes.map(url).join(','),
};

function configFile(node: StackNode): string {
  return join(node.dataDir, 'config.xml');
}

function usersFile(node: StackNode): string {
  return join(node.dataDir, 'users.xml');
}

function url(node: StackNode): string {
  return `http://127.0.0.1:${port(node, 'http')}`;
}

async function prepare(node: StackNode, stack: StackLayout): Promise<void> {
  mkdirSync(node.dataDir, { recursive: true });
  writeFileSync(configFile(node), serverConfig(node, stack));
  if (stack.security) writeFileSync(usersFile(node), users(stack.security));
}

/**
 * One user, who has a password and may do everything. The server's own first statements, and the one that stops it, come from `default`,
 * who can have no password in this build and therefore may do nothing else. Nor can this build listen with TLS.
 */
function users({ username, password }: Security): string {
  const digest = createHash('sha256').update(password).digest('hex');
  const grants = ['SYSTEM LISTEN ON *.*', 'KILL QUERY ON *.*', 'SELECT ON system.numbers', 'SELECT ON system.processes'];
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      <networks><ip>127.0.0.1</ip></networks>
      <grants>${grants.map((grant) => `<query>GRANT ${grant}</query>`).join('')}</grants>
    </default>
    <${username}>
      <password_sha256_hex>${digest}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <access_management>1</access_management>
    </${username}>
  </users>
</clickhouse>
`;
}

/** The server's configuration file; a cluster's names its shards as `impact` and this node by the macro `shard`. */
export function serverConfig(node: StackNode, stack: StackLayout): string {
  const usersConfig = stack.security ? `\n  <users_config>${usersFile(node)}</users_config>` : '';
  const gigabytes = stack.cluster ? 2 : 4;
  const shards = nodesOf(stack, 'clickhouse').map(
    (shard) =>
      `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${port(shard, 'tcp')}</port></replica></shard>`,
  );
  const cluster = `
  <tcp_port>${port(node, 'tcp')}</tcp_port>
  <remote_servers><impact>${shards.join('')}</impact></remote_servers>
  <macros><cluster>impact</cluster><shard>${node.node}</shard><replica>1</replica></macros>`;
  return `<clickhouse>
  <logger><log>${join(node.dataDir, 'server.log')}</log><size>10M</size><count>1</count></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port(node, 'http')}</http_port>
  <timezone>UTC</timezone>
  <max_server_memory_usage>${gigabytes * 1_000_000_000}</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
  <background_pool_size>4</background_pool_size>${usersConfig}${stack.cluster ? cluster : ''}
</clickhouse>
`;
}

async function check(node: StackNode, stack: StackLayout): Promise<string> {
  const version = await httpText(`${url(node)}/`, 'SELECT version()');
  if (!stack.cluster) return `version ${version.trim()}`;
  const shards = await httpText(`${url(node)}/`, "SELECT count() FROM system.clusters WHERE cluster = 'impact'");
  return `version ${version.trim()}, cluster impact of ${shards.trim()} shards`;
}
