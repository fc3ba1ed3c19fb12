/** A look whether the brokers are there and let us in. */
import type { Config } from '../../config.ts';
import type { Log } from '../../runtime/log.ts';
import { withAdmin } from './admin.ts';
import { createKafka } from './client.ts';
import { closeKafka } from './connections.ts';

/**
 * Asks the brokers how many they are, by a client of its own: the patience of the others would hide for ten seconds what is wrong.
 * @throws the connection's own error
 */
export async function pingKafka(config: Config, log: Log): Promise<number> {
  const kafka = createKafka(config, log, { initialRetryTime: 100, retries: 1 });
  try {
    return await withAdmin(kafka, async (admin) => (await admin.describeCluster()).brokers.length, { retry: { retries: 1 } });
  } finally {
    closeKafka(kafka);
  }
}
