import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from './exchange.ts';
import { type Component, nodesOf, port, type Security, type StackLayout, type StackNode } from './layout.ts';

/** Redis, with the append-only file on: it is the source of truth for flags. A cluster is three masters. */
export const redis: Component = {
  name: 'redis',
  ports: { client: 16379, bus: 16479 },
  clusterNodes: 3,
  stopSignal: 'SIGTERM',
  prepare,
  command: (node, stack) => ({
    file: 'redis-server',
    args: [...(stack.security ? [securityFile(node)] : []), ...options(node, stack), ...(stack.cluster ? clusterOptions(node) : [])],
  }),
  check,
  form,
  endpoint: (nodes) =>
    nodes
      .slice(0, 1)
      .map((node) => `redis://127.0.0.1:${port(node, 'client')}`)
      .join(),
};

function securityFile(node: StackNode): string {
  return join(node.dataDir, 'security.conf');
}

async function prepare(node: StackNode, { security }: StackLayout): Promise<void> {
  mkdirSync(node.dataDir, { recursive: true });
  if (security) writeFileSync(securityFile(node), securityLines(security), { mode: 0o600 });
}

/** In a file, for the arguments of a process are everybody's to read. */
function securityLines({ certificateFile, keyFile, caFile, username, password }: Security): string {
  return `tls-cert-file ${certificateFile}
tls-key-file ${keyFile}
tls-ca-cert-file ${caFile}
tls-auth-clients no
user default off
user ${username} on >${password} ~* &* +@all
`;
}

function options(node: StackNode, { security }: StackLayout): string[] {
  const own = String(port(node, 'client'));
  const network = [...(security ? ['--tls-port', own, '--port', '0'] : ['--port', own]), '--bind', '127.0.0.1'];
  return [...network, '--dir', node.dataDir, '--appendonly', 'yes', '--save', '', '--daemonize', 'no'];
}

function clusterOptions(node: StackNode): string[] {
  return ['--cluster-enabled', 'yes', '--cluster-port', String(port(node, 'bus')), '--cluster-node-timeout', '2000'];
}

async function check(node: StackNode, { security }: StackLayout): Promise<string> {
  const answer = await (security ? askSecurely(node, security) : ask(node, 'PING'));
  if (answer !== '+PONG') throw new Error(`answers ${answer}`);
  return 'answers PONG';
}

const SLOTS = 16_384;

/** Gives every master its share of the slots and introduces them to the first. */
async function form(stack: StackLayout): Promise<void> {
  const masters = nodesOf(stack, 'redis');
  const [first] = masters;
  if (!stack.cluster || first === undefined) return;
  for (const [index, master] of masters.entries()) {
    const from = Math.floor((index * SLOTS) / masters.length);
    const to = Math.floor(((index + 1) * SLOTS) / masters.length) - 1;
    // "already busy" on a second run
    await ask(master, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
    await ask(first, `CLUSTER MEET 127.0.0.1 ${port(master, 'client')} ${port(master, 'bus')}`);
  }
  for (const master of masters) await untilAgreed(master);
}

// The masters gossip for a second or two before they accept commands.
async function untilAgreed(master: StackNode): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await clusterInfo(master)).includes('cluster_state:ok')) {
    if (Date.now() > deadline) throw new Error(`redis ${master.node}: the cluster does not form: ${await clusterInfo(master)}`);
    await sleep(100);
  }
}

async function clusterInfo(node: StackNode): Promise<string> {
  const answer = await exchange(
    port(node, 'client'),
    Buffer.from('CLUSTER INFO\r\n'),
    (bytes) => bytes.includes('cluster_state:') && bytes.includes('\r\ncluster_slots_assigned'),
  );
  return answer.toString('utf8');
}

async function ask(node: StackNode, command: string): Promise<string> {
  const answer = await exchange(port(node, 'client'), Buffer.from(`${command}\r\n`), (bytes) => bytes.includes('\r\n'));
  return answer.toString('utf8').split('\r\n')[0] ?? '';
}

async function askSecurely(node: StackNode, { username, password, caFile }: Security): Promise<string> {
  const request = Buffer.from(`AUTH ${username} ${password}\r\nPING\r\n`);
  const isWhole = (bytes: Buffer): boolean => bytes.toString('utf8').split('\r\n').length > 2;
  const answer = await exchange(port(node, 'client'), request, isWhole, { caFile });
  return answer.toString('utf8').split('\r\n')[1] ?? '';
}
