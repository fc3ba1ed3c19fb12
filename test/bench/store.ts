/** The store against ClickHouse's Kafka engine and against bare fetching, and its memory meanwhile. */
import type { StackEndpoints } from '../../infra/stack.ts';
import { withAdmin } from '../../src/adapters/kafka/admin.ts';
import { runStages } from './child.ts';
import { leadTopic, sendLoad, storeGroup } from './load.ts';
import { kafkaEngineRate } from './peers/clickhouse-kafka-engine.ts';
import { fetchRate } from './peers/kafkajs-fetch.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const TENANTS = 50;
const SPREAD_MS = 3_600_000;

async function committed({ adapters, config }: Place): Promise<number> {
  const topic = leadTopic(config.namespace);
  const [group] = await withAdmin(adapters.kafka, (admin) =>
    admin.fetchOffsets({ groupId: storeGroup(config.namespace), topics: [topic] }),
  );
  return (group?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

type StoreRun = { rate: number; greatestBytes: number };

/** Everything is committed when it is stored, recomputed in three tiers and accounted for. The clock starts with the process. */
async function storeRate(place: Place, events: number): Promise<StoreRun> {
  const start = performance.now();
  const child = runStages(['store'], place.env);
  let greatestBytes = 0;
  for (let done = 0; done < events; done = await committed(place)) {
    greatestBytes = Math.max(greatestBytes, child.memoryBytes());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seconds = (performance.now() - start) / 1000;
  await child.stop();
  return { rate: events / seconds, greatestBytes };
}

async function requireAll({ adapters }: Place, events: number): Promise<void> {
  const [row] = await adapters.clickhouse.query<{ stored: number }>(
    "SELECT sum(n) AS stored FROM rollup_1d_active WHERE metric = 'response_time_seconds'",
  );
  if (row?.stored !== events) throw new Error(`the store shows ${row?.stored} of ${events} events: its speed means nothing`);
}

/** @param events how many; a few million for figures that mean something */
export async function benchStore(at: StackEndpoints, events: number, say: (line: string) => void): Promise<BenchRow[]> {
  return withPlace(at, {}, async (place) => {
    const { adapters, config } = place;
    const topic = leadTopic(config.namespace);
    say(`sending ${events.toLocaleString('en-US')} events`);
    await sendLoad(adapters, { events, tenants: TENANTS, spreadMs: SPREAD_MS, endsAt: Date.now() });
    say('peer: kafkajs, fetching only');
    const fetched = await fetchRate(adapters.kafka, topic, events);
    say("peer: ClickHouse's Kafka engine");
    const run = (sql: string): Promise<void> => adapters.clickhouse.command(sql);
    const count = async (table: string): Promise<number> =>
      (await adapters.clickhouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n ?? 0;
    const engine = await kafkaEngineRate(run, count, config, topic, events);
    say('the store');
    const store = await storeRate(place, events);
    await requireAll(place, events);
    const ours = { ours: store.rate, unit: 'events/s' };
    return [
      benchRow({
        ...ours,
        what: 'Kafka to queryable rollups, one process',
        peer: { name: "ClickHouse's Kafka engine", value: engine },
        goal: { comparison: '>=', value: 2.5 },
      }),
      benchRow({
        ...ours,
        what: 'the same, against fetching and doing nothing',
        peer: { name: 'kafkajs fetching', value: fetched },
        goal: { comparison: '>=', value: 0.5 },
      }),
      benchRow({
        what: 'memory of the store meanwhile, at most',
        ours: store.greatestBytes / 1e6,
        unit: 'MB',
        goal: { comparison: '<=', value: 300 },
      }),
    ];
  });
}
