/**
 * The connections of a kafkajs client, so that it can be closed for certain. kafkajs 2.2.4 forgets some: of two requests that find a connection
 * closed each opens one, and only the last is kept; and what is waiting for its next attempt when a client is closed, a producer's send or a consumer
 * that is starting, connects again. Either keeps a process alive that has nothing left to do.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { type ISocketFactory, Kafka, type KafkaConfig } from 'kafkajs';

type Connections = { open: Set<Socket>; closed: boolean };
type Connection = { socketFactory: ISocketFactory; connecting?: Promise<boolean> | undefined };
type Connect = (this: Connection) => Promise<boolean>;

const load = createRequire(import.meta.url);
const plainSockets = load('kafkajs/src/network/socketFactory') as () => ISocketFactory;
const byFactory = new WeakMap<ISocketFactory, Connections>();
const byClient = new WeakMap<Kafka, Connections>();

/** kafkajs tries again after any error but those that say that it is no use. */
const closed = (): Error => Object.assign(new Error('this client has been closed'), { retriable: false });

/** One attempt at a time for each connection, and none once the client has been closed. */
function connectOnce(): void {
  const { prototype } = load('kafkajs/src/network/connection') as { prototype: { connect: Connect; guarded?: true } };
  if (prototype.guarded) return;
  const connect = prototype.connect;
  prototype.guarded = true;
  prototype.connect = function connectUnlessClosed() {
    if (byFactory.get(this.socketFactory)?.closed) return Promise.reject(closed());
    this.connecting ??= connect.call(this).finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  };
}

function watched(connections: Connections): ISocketFactory {
  const connect = plainSockets();
  return (args) => {
    const socket = connect(args);
    connections.open.add(socket);
    socket.once('close', () => connections.open.delete(socket));
    return socket;
  };
}

/** A client whose connections are known. It connects when something made from it does. */
export function openKafka(config: Omit<KafkaConfig, 'socketFactory'>): Kafka {
  connectOnce();
  const connections: Connections = { open: new Set(), closed: false };
  const socketFactory = watched(connections);
  const kafka = new Kafka({ ...config, socketFactory });
  byFactory.set(socketFactory, connections);
  byClient.set(kafka, connections);
  return kafka;
}

/** Ends every connection of a client, and every attempt to make one. What was made from the client should have been closed before: in an orderly way. */
export function closeKafka(kafka: Kafka): void {
  const connections = byClient.get(kafka);
  if (!connections) return;
  connections.closed = true;
  // kafkajs hears of errors, not of a mere close, and then stops its own timers too.
  for (const socket of connections.open) socket.destroy(closed());
}
