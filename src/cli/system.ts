/** What commands need of the outside systems. `main.ts` provides it; it is loaded only when a command opens it, so that help is instant. */
import type { Producer } from '../adapters/kafka/producer.ts';
import type { ReadTopic } from '../adapters/kafka/reader.ts';
import type { Postgres } from '../adapters/postgres.ts';
import type { Registry } from '../adapters/registry.ts';
import type { Config } from '../config.ts';
import type { Rows } from '../query/statement.ts';

export type System = {
  config: Config;
  clickhouse: Rows;
  postgres: Postgres;
  registry: Registry;
  /** A connected producer; the same one at every call. */
  producer(): Promise<Producer>;
  /** Reads a topic without joining any stage's group. */
  readTopic: ReadTopic;
  /** One look at one thing each, by its name: what was seen, or why it failed. */
  probes: Readonly<Record<string, () => Promise<string>>>;
  close(): Promise<void>;
};

/** Opens the system, runs `work`, and closes the system whatever happens. */
export async function withSystem<T>(open: () => Promise<System>, work: (system: System) => Promise<T>): Promise<T> {
  const system = await open();
  try {
    return await work(system);
  } finally {
    await system.close();
  }
}
