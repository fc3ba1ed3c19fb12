/** The store against ClickHouse's Kafka engine and against bare fetching, and its memory meanwhile. */

import type { Admin } from 'kafkajs';
import type { StackEndpoints } from '../../infra/stack.ts';
import { committedOffsets, withAdmin } from '../../src/adapters/kafka/admin.ts';
import { runStages } from './child.ts';
import { leadTopic, sendLoad, storeGroup } from './load.ts';
import { kafkaEngineRate } from './peers/clickhouse-kafka-engine.ts';
import { fetchRate } from './peers/kafkajs-fetch.ts';
import { type Place, withPlace } from './place.ts';
import { rawRate } from './raw.ts';
import { type BenchRow, benchRow } from './row.ts';

const TENANTS = 50;
const SPREAD_MS = 3_600_000;

type StoreRun = { rate: number; greatestBytes: number; grownBytes: number };

/** What is committed is stored, recomputed in three tiers and accounted for. */
async function committed(admin: Admin, place: Place): Promise<number> {
  const groups = await committedOffsets(admin, storeGroup(place.config.namespace), [leadTopic(place.config.namespace)]);
  return (groups[0]?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** The clock starts with the process. Memory grows by what the second half of the events takes more than the first. */
async function storeRun(admin: Admin, place: Place, events: number): Promise<StoreRun> {
  const start = performance.now();
  const child = runStages(['store'], place.env);
  const greatest = { first: 0, second: 0 };
  for (let done = 0; done < events; done = await committed(admin, place)) {
    const half = done < events / 2 ? 'first' : 'second';
    greatest[half] = Math.max(greatest[half], child.memoryBytes());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seconds = (performance.now() - start) / 1000;
  await child.stop();
  return { rate: events / seconds, greatestBytes: Math.max(greatest.first, greatest.second), grownBytes: greatest.second - greatest.first };
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
    const fetched = await fetchRate(config.kafkaBrokers, topic, events);
    say("peer: ClickHouse's Kafka engine");
    const run = (sql: string): Promise<void> => adapters.clickhouse.command(sql);
    const count = async (table: string): Promise<number> =>
      (await adapters.clickhouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n ?? 0;
    const engine = await kafkaEngineRate(run, count, config, topic, events);
    say('raw rows only');
    const raw = await rawRate(adapters, events);
    await run('TRUNCATE TABLE events');
    say('the store');
    const store = await withAdmin(adapters.kafka, (admin) => storeRun(admin, place, events));
    await requireAll(place, events);
    return [
      benchRow({
        what: 'Kafka to queryable rollups, one process',
        ours: store.rate,
        unit: 'events/s',
        peer: { name: "ClickHouse's Kafka engine", value: engine },
        goal: { comparison: '>=', value: 2.5 },
      }),
      benchRow({
        what: 'Kafka to raw rows only',
        ours: raw,
        unit: 'events/s',
        peer: { name: 'kafkajs fetching', value: fetched },
        goal: { comparison: '>=', value: 0.5 },
      }),
      benchRow({
        what: `memory of the store while ${(events / 1e6).toFixed(0)}M events flow, at most`,
        ours: store.greatestBytes / 1e6,
        unit: 'MB',
        goal: { comparison: '<=', value: 300 },
      }),
      benchRow({
        what: 'the same, growth from the first half of the events to the second',
        ours: store.grownBytes / 1e6,
        unit: 'MB',
        goal: { comparison: '<=', value: 30 },
      }),
    ];
  });
}
