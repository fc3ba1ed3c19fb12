/** Peer: kafkajs as it comes, fetching a topic and doing nothing with it. A program of its own, so that none of our repairs is in it. */
import { execFile } from 'node:child_process';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';

const program = fileURLToPath(import.meta.url);

/** @returns messages a second, from the first batch to the last message */
export async function fetchRate(brokers: readonly string[], topic: string, expected: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, brokers.join(','), topic, String(expected)]);
  return Number(stdout);
}

async function fetchAll(brokers: string[], topic: string, expected: number): Promise<number> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}.fetch`, maxBytesPerPartition: 4 << 20, maxBytes: 32 << 20 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let [seen, start] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: { messages: unknown[] } }): Promise<void> => {
      if (seen === 0) start = performance.now();
      seen += batch.messages.length;
      if (seen >= expected) resolve();
    };
    consumer.run({ eachBatchAutoResolve: true, autoCommit: false, eachBatch }).catch(reject);
  });
  return expected / ((performance.now() - start) / 1000);
}

if (argv[1] === program) {
  const [brokers = '', topic = '', expected = '0'] = argv.slice(2);
  process.stdout.write(String(await fetchAll(brokers.split(','), topic, Number(expected))));
  process.exit(0);
}
