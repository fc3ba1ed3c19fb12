import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { withAdmin } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { closeKafka } from '../../src/adapters/kafka/connections.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { topicName } from '../../src/domain/names.ts';
import { testConfig, testEnv } from '../support/config.ts';

const env = testEnv();
const config = testConfig(env);
const open = () => createKafka(config, createLogs(config)('kafka'));

type Connection = { connect(): Promise<boolean>; disconnect(): Promise<boolean> };
const KafkaConnection = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (options: object) => Connection;
const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('a client of Kafka', () => {
  it('opens one connection when several requests find it closed', async () => {
    open();
    let accepted = 0;
    const server = createServer(() => {
      accepted += 1;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const socketFactory = createRequire(import.meta.url)('kafkajs/src/network/socketFactory')();
    const connection = new KafkaConnection({
      host: '127.0.0.1',
      port,
      logger: silent,
      socketFactory,
      connectionTimeout: 1000,
      requestTimeout: 1000,
    });
    closing.push(
      () => connection.disconnect(),
      () => server.close(),
    );
    expect(await Promise.all([connection.connect(), connection.connect(), connection.connect()])).toEqual([true, true, true]);
    await connection.disconnect();
    await connection.connect();
    expect(accepted).toBe(2);
  });

  it('ends what is under way when it is closed, and connects no more', async () => {
    const kafka = open();
    const admin = kafka.admin();
    await admin.connect();
    closeKafka(kafka);
    await expect(admin.listTopics()).rejects.toThrow(/closed/);
    await expect(kafka.admin().connect()).rejects.toThrow('this client has been closed');
    await expect(withAdmin(open(), (other) => other.listTopics())).resolves.toBeInstanceOf(Array);
  });
});

describe('a process whose consumer has lost the network', () => {
  it('has nothing left to do once the consumer has been stopped', async () => {
    const topic = topicName(config.namespace, 'cut-off');
    await withAdmin(open(), (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }));
    const program = fileURLToPath(new URL('../support/cut-off-consumer.ts', import.meta.url));
    const child = spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    closing.push(() => child.kill('SIGKILL'));
    const said: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.trim().split('\n')));
    const [status] = await once(child, 'exit');
    expect([status, ...said]).toEqual([0, 'joined', 'broken', 'stopped']);
  }, 40_000);
});
