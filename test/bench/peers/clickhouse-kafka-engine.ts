/** Peer: ClickHouse's own Kafka engine, one consumer, a view into a plain MergeTree. No deduplication, rollups, validation or dead letters. */
import type { Config } from '../../../src/config.ts';

export type RunSql = (sql: string) => Promise<void>;
export type CountRows = (table: string) => Promise<number>;

const columns = `eventId String, revision Int32, retracted Bool, source String, occurredAt DateTime64(3, 'UTC'), tenantId String,
  userId Nullable(String), entityId Nullable(String), featureId String, variant Nullable(String), responseTimeSeconds Float64,
  scoringLatencyMs Nullable(Float64), converted Nullable(Bool), agentProductivityScore Nullable(Float64)`;

/**
 * Lets the engine read `topic` from its beginning until `expected` rows are stored.
 * @returns rows a second, end to end
 */
export async function kafkaEngineRate(run: RunSql, count: CountRows, config: Config, topic: string, expected: number): Promise<number> {
  await run(`CREATE TABLE peer_events (${columns}) ENGINE = MergeTree ORDER BY (tenantId, featureId, occurredAt)`);
  await run(`CREATE TABLE peer_queue (${columns}) ENGINE = Kafka SETTINGS kafka_broker_list = '${config.kafkaBrokers.join(',')}',
    kafka_topic_list = '${topic}', kafka_group_name = '${topic}.peer', kafka_format = 'AvroConfluent', kafka_num_consumers = 1,
    format_avro_schema_registry_url = '${config.registryUrl}', kafka_max_block_size = 65536`);
  const start = performance.now();
  await run('CREATE MATERIALIZED VIEW peer_view TO peer_events AS SELECT * FROM peer_queue');
  while ((await count('peer_events')) < expected) await new Promise((resolve) => setTimeout(resolve, 50));
  const seconds = (performance.now() - start) / 1000;
  for (const table of ['peer_view', 'peer_queue', 'peer_events']) await run(`DROP TABLE ${table} SYNC`);
  return expected / seconds;
}
