import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { classArchive } from './class-archives.ts';
import { exchange } from './exchange.ts';
import { checkSecurely, scramUsers, secureListeners, writeKeyStore } from './kafka-security.ts';
import { type Component, cachedComponent, nodesOf, port, type StackLayout, type StackNode } from './layout.ts';

/** Apache Kafka in KRaft mode: every node is broker and controller in one process. */
export const kafka: Component = {
  name: 'kafka',
  ports: { client: 19092, controller: 19192, strict: 19292 },
  clusterNodes: 3,
  stopSignal: 'SIGTERM',
  prepare,
  command: (node, stack) => ({
    file: 'java',
    args: [
      '-Xms256m',
      stack.security ? '-Xmx256m' : '-Xmx512m',
      '-XX:+UseG1GC',
      ...classArchive('kafka'),
      '-Djava.awt.headless=true',
      '-Dorg.apache.logging.log4j.level=WARN',
      '-cp',
      classPath(),
      'kafka.Kafka',
      propertiesFile(node),
    ],
  }),
  check,
  form,
  endpoint: (nodes) => nodes.map((node) => `127.0.0.1:${port(node, 'client')}`).join(','),
};

function classPath(): string {
  return join(cachedComponent('kafka'), '*');
}

function propertiesFile(node: StackNode): string {
  return join(node.dataDir, 'server.properties');
}

async function prepare(node: StackNode, stack: StackLayout): Promise<void> {
  mkdirSync(node.dataDir, { recursive: true });
  writeFileSync(propertiesFile(node), serverProperties(node, stack), { mode: 0o600 });
  if (stack.security) writeKeyStore(node, stack.security);
  if (existsSync(join(node.dataDir, 'log', 'meta.properties'))) return;
  const args = ['-Xmx128m', '-XX:TieredStopAtLevel=1', ...classArchive('kafka'), '-cp', classPath(), 'kafka.tools.StorageTool', 'format'];
  await promisify(execFile)('java', [
    ...args,
    `--cluster-id=${clusterId(stack.name)}`,
    '--config',
    propertiesFile(node),
    '--ignore-formatted',
    ...(stack.security ? scramUsers(stack.security) : []),
  ]);
}

/** The broker's configuration; differs from Kafka's defaults only where a line below says why. */
export function serverProperties(node: StackNode, stack: StackLayout): string {
  const brokers = nodesOf(stack, 'kafka');
  const replicas = brokers.length;
  const inSync = Math.min(2, replicas);
  const cores = Math.max(2, availableParallelism());
  const voters = brokers.map((broker) => `${broker.node}@127.0.0.1:${port(broker, 'controller')}`).join(',');
  return `process.roles=broker,controller
node.id=${node.node}
controller.quorum.voters=${voters}
controller.listener.names=CONTROLLER
${stack.security ? secureListeners(node, stack.security) : plainListeners(node)}
log.dirs=${join(node.dataDir, 'log')}
# A topic that nobody declared is a mistake, not a wish.
auto.create.topics.enable=false
default.replication.factor=${replicas}
min.insync.replicas=${inSync}
offsets.topic.replication.factor=${replicas}
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${inSync}
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${inSync}
# 50 partitions each are for big clusters; a few start and fail over faster.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
# Dead letters carry 10 MB originals; a batch of them must pass.
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
# Demos and tests send history: nothing may expire by its old timestamp.
log.retention.ms=-1
# A lone consumer should not wait 3 s for company.
group.initial.rebalance.delay.ms=0
# Tests stop owners and wait for the others to take over.
group.min.session.timeout.ms=1000
# A killed broker may register again only when its old session has expired: 9 s by default.
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
# By default 8 threads serve requests and 3 each listener: on few cores, most of the work is then to wake one another.
num.io.threads=${cores}
num.network.threads=${Math.ceil(cores / 2)}
# The controller writes an empty record twice a second where nothing happens.
metadata.max.idle.interval.ms=5000
# The cleaner's default of 128 MB is a quarter of this heap.
log.cleaner.dedupe.buffer.size=33554432
`;
}

function plainListeners(node: StackNode): string {
  const client = `PLAINTEXT://127.0.0.1:${port(node, 'client')}`;
  return `listeners=${client},CONTROLLER://127.0.0.1:${port(node, 'controller')}
advertised.listeners=${client}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT`;
}

/** A cluster id is a base64url UUID; it must not begin with a dash, which the tool would read as an option. */
function clusterId(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[0] = 0x4d;
  return bytes.toString('base64url');
}

async function check(node: StackNode, stack: StackLayout): Promise<string> {
  if (stack.security) return checkSecurely(node, stack.security);
  const expected = nodesOf(stack, 'kafka').length;
  const brokers = await brokerCount(port(node, 'client'));
  // A cluster may lose a broker and serve on: this node is well when it answers and sees a majority.
  if (brokers * 2 <= expected) throw new Error(`sees ${brokers} of ${expected} brokers`);
  return `metadata lists ${brokers} of ${expected} brokers`;
}

/** Waits until the first broker knows all others: the first topics should be spread over all of them. */
async function form(stack: StackLayout): Promise<void> {
  const [first, ...others] = nodesOf(stack, 'kafka');
  const deadline = Date.now() + 20_000;
  while (first && !stack.security && (await brokerCount(port(first, 'client'))) <= others.length) {
    if (Date.now() > deadline) throw new Error('kafka: not all brokers have joined');
    await sleep(100);
  }
}

/** Asks a broker how many brokers are in the cluster: a Metadata request, version 4, about no topic. */
async function brokerCount(clientPort: number): Promise<number> {
  const request = Buffer.from([0, 0, 0, 15, 0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0]);
  const answer = await exchange(clientPort, request, (bytes) => bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0));
  // size, correlation id, throttle time, then the array of brokers
  return answer.readInt32BE(12);
}
