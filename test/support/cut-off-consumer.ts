/** A process that joins a group, loses the network, is told to stop, and then has nothing left to do. It writes what it has come to. */
import net, { type Socket } from 'node:net';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { closeKafka } from '../../src/adapters/kafka/connections.ts';
import { createBatchConsumer } from '../../src/adapters/kafka/consumer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { loadConfig } from '../../src/config.ts';

const say = (what: string): boolean => process.stdout.write(`${what}\n`);
const config = loadConfig(process.env);
const log = createLogs(config)('kafka');
const kafka = createKafka(config, log);
const consumer = createBatchConsumer(kafka, config, { group: `${config.namespace}.cut-off`, topics: [`${config.namespace}.cut-off`] }, log);

const sockets = new Set<Socket>();
const connect = net.connect;
let away = false;
let attempted = (): void => {};
net.connect = ((...args: Parameters<typeof net.createConnection>) => {
  const socket = away ? connect(1, '127.0.0.1') : connect(...args);
  sockets.add(socket);
  attempted();
  return socket;
}) as typeof net.connect;

const broke = Promise.withResolvers<void>();
const joined = Promise.withResolvers<void>();
void consumer.start({ assigned: () => joined.resolve(), batch: async () => true, broken: () => broke.resolve() });
await joined.promise;
// A real process serves its health meanwhile.
const serving = setInterval(() => {}, 1000);
say('joined');
away = true;
for (const socket of sockets) socket.destroy(new Error('the network is away'));
await broke.promise;
say('broken');
// In the middle of another try is the hardest moment to stop.
await new Promise<void>((resolve) => {
  attempted = resolve;
});
clearInterval(serving);
await consumer.stop();
closeKafka(kafka);
say('stopped');
