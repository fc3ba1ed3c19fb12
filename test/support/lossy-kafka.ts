/** A kafkajs client on the real broker whose network can lose the answer to a produce request: the broker has the messages, the client does not know. */
import { connect, type Socket } from 'node:net';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';

const PRODUCE = 0;

export type LossyKafka = {
  kafka: Kafka;
  /** The next `count` produce requests reach the broker, but the connection breaks before the answer arrives. */
  loseAnswers(count: number): void;
  /** Answers lost so far. */
  lost(): number;
};

const isProduceRequest = (bytes: unknown): boolean => Buffer.isBuffer(bytes) && bytes.length > 6 && bytes.readInt16BE(4) === PRODUCE;

/** @param brokers host:port each */
export function lossyKafka(brokers: readonly string[]): LossyKafka {
  let [toLose, lost] = [0, 0];
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket: Socket = connect({ host, port }, onConnect);
    let losing = false;
    const [write, emit] = [socket.write.bind(socket), socket.emit.bind(socket)];
    socket.write = ((...given: Parameters<typeof write>) => {
      if (toLose > 0 && isProduceRequest(given[0])) {
        toLose -= 1;
        losing = true;
      }
      return write(...given);
    }) as typeof socket.write;
    socket.emit = (event: string | symbol, ...given: unknown[]) => {
      if (event !== 'data' || !losing) return emit(event, ...given);
      lost += 1;
      // kafkajs listens to errors and to a clean end, not to a mere close.
      socket.destroy(new Error('ECONNRESET, as the test wants it'));
      return true;
    };
    return socket;
  };
  const retry = { initialRetryTime: 20, retries: 8, maxRetryTime: 200 };
  return {
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, socketFactory, retry }),
    loseAnswers(count) {
      toLose = count;
    },
    lost: () => lost,
  };
}
