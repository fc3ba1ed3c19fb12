/** All that a store has made, in a form that two runs can be compared by. */
import { topics } from '../../src/domain/topics.ts';
import type { World } from './store.ts';
import { readTopic } from './topic.ts';

const rollup = (tier: string, version: string): string =>
  `SELECT tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, ${version} AS v,
    hex(toString(finalizeAggregation(quantiles))) AS median, finalizeAggregation(users) AS users
  FROM rollup_${tier} FINAL WHERE n > 0 ORDER BY ALL`;

const events = (left: string): string => `SELECT * EXCEPT (${left}) FROM events FINAL ORDER BY ALL`;

/** Dead letters and late events may be sent again after a crash: each record counts once. */
async function distinct(world: World, topic: string): Promise<string[]> {
  const found = await readTopic(world.config, topic);
  return [...new Set(found.map(({ headers }) => `${headers['sent']} ${headers['dl-reason'] ?? headers['late-stage']}`))].sort();
}

/**
 * @param sameOffsets whether the runs got their records at the same offsets; then the versions are equal too, to the last bit.
 * A producer that sends again after a broker's death makes them differ.
 */
export async function storeState(world: World, sameOffsets = true): Promise<Record<string, unknown[]>> {
  const ask = (sql: string): Promise<unknown[]> => world.clickhouse.query(sql);
  const version = sameOffsets ? 'toString(version)' : "''";
  return {
    events: await ask(events(sameOffsets ? 'stored_at, topic' : 'stored_at, topic, version, offset')),
    minutes: await ask(rollup('1m', version)),
    hours: await ask(rollup('1h', version)),
    days: await ask(rollup('1d', version)),
    deadLetters: await distinct(world, topics.deadLetters),
    late: await distinct(world, topics.lateEvents),
  };
}
