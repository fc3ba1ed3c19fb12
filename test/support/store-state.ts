/** All that a store has made, in a form that two runs can be compared by: every value, and the versions too. */
import { topics } from '../../src/domain/topics.ts';
import type { World } from './store.ts';
import { readTopic } from './topic.ts';

const rollup = (tier: string): string =>
  `SELECT tenant, feature, metric, variant, bucket, epoch, n, sum, sum_squares, min, max, value_usd, toString(version) AS v,
    hex(toString(finalizeAggregation(quantiles))) AS median, finalizeAggregation(users) AS users
  FROM rollup_${tier} FINAL WHERE n > 0 ORDER BY ALL`;

const events = `SELECT * EXCEPT (stored_at, topic) FROM events FINAL ORDER BY ALL`;

/** Dead letters and late events may be sent again after a crash; by their coordinates they are the same. */
async function distinct(world: World, topic: string, prefix: string): Promise<string[]> {
  const found = await readTopic(world.config, topic);
  const place = (headers: Record<string, string>): string =>
    [
      headers[`${prefix}-topic`]?.replace(/^[^.]+\./, ''),
      headers[`${prefix}-partition`],
      headers[`${prefix}-offset`],
      headers['dl-reason'],
    ].join('/');
  return [...new Set(found.map(({ headers }) => place(headers)))].sort();
}

export async function storeState(world: World): Promise<Record<string, unknown[]>> {
  const ask = (sql: string): Promise<unknown[]> => world.clickhouse.query(sql);
  return {
    events: await ask(events),
    minutes: await ask(rollup('1m')),
    hours: await ask(rollup('1h')),
    days: await ask(rollup('1d')),
    deadLetters: await distinct(world, topics.deadLetters, 'dl'),
    late: await distinct(world, topics.lateEvents, 'late'),
  };
}
