/** A month of stored events: replaying a day of it against one plain aggregation of the same rows, and reading series and ROI through the API. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StackEndpoints } from '../../infra/stack.ts';
import { startStages } from '../../src/main.ts';
import { recordDays } from '../../src/query/roi/record.ts';
import { createToken } from '../../src/query/tokens.ts';
import { fillBooks } from './books.ts';
import { percentile } from './percentile.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));
const DAYS = 30;
const TENANTS = 20;
const YEAR_DAYS = 365;
const DAY_MS = 86_400_000;
const READS = 100;

const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Lead answers made by ClickHouse itself: evenly over `seconds` from `from`, the same shape as the store writes. */
const generated = (events: number, from: string, seconds: number, salt: number): string => `INSERT INTO events
  (tenant, feature, minute, event_id, kind, revision, retracted, version, occurred_at, user_id, variant, source, metrics, values, values_usd, topic, partition, offset, recorded_at)
  SELECT concat('tenant-', toString(number % ${TENANTS})), 'realtime_intelligence', toStartOfMinute(at), generateUUIDv4(number), 'lead-intelligence', 0, false,
    toUInt128(1) + number + ${salt}, at, concat('user-', toString(number % 5000)), if(number % 2 = 0, 'control', 'treatment'), 'bench',
    ['response_time_seconds'], [(number % 240) / 4], [toDecimal64(12.5, 6)], 'impact-lead-intelligence', 0, number, at
  FROM (SELECT number, toDateTime64('${from} 00:00:00', 3, 'UTC') + number * ${seconds} / ${events} AS at FROM numbers(${events}))`;

type Timed = { seconds: number; commandSeconds: number };

/** @returns how long the replay itself took, and the whole command with the start of its process */
async function replayDay({ env }: Place, from: string, to: string): Promise<Timed> {
  const [start, options] = [performance.now(), ['--from', from, '--to', to, '--output', 'json']];
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'replay', ...options], { env: { ...process.env, ...env } });
  const commandSeconds = (performance.now() - start) / 1000;
  return { seconds: (JSON.parse(stdout) as { durationMs: number }).durationMs / 1000, commandSeconds };
}

/** The peer: one statement that aggregates the same rows into a plain table, without versions, epochs or tiers. */
async function plainAggregation({ adapters: { clickhouse } }: Place, day: string): Promise<number> {
  await clickhouse.command(`CREATE TABLE peer_rollup ENGINE = MergeTree ORDER BY (tenant, feature, metric, variant, minute) AS
    SELECT tenant, feature, metric, variant, minute, count() AS n, sum(value) AS total, sum(value * value) AS squares, min(value) AS least, max(value) AS most,
      sum(usd) AS value_usd, quantileDDState(0.01)(value) AS quantiles, uniqCombined64State(12)(user_id) AS users
    FROM events ARRAY JOIN metrics AS metric, values AS value, values_usd AS usd WHERE 0 GROUP BY tenant, feature, metric, variant, minute`);
  const start = performance.now();
  await clickhouse.command(`INSERT INTO peer_rollup
    SELECT tenant, feature, metric, variant, minute, count(), sum(value), sum(value * value), min(value), max(value), sum(usd),
      quantileDDState(0.01)(value), uniqCombined64State(12)(user_id)
    FROM events ARRAY JOIN metrics AS metric, values AS value, values_usd AS usd
    WHERE toDate(minute) = '${day}' GROUP BY tenant, feature, metric, variant, minute`);
  const seconds = (performance.now() - start) / 1000;
  await clickhouse.command('DROP TABLE peer_rollup SYNC');
  return seconds;
}

/** Milliseconds of READS requests, one after the other, after one that warms up. */
export async function timeReads(url: string, token: string): Promise<number[]> {
  const sample: number[] = [];
  for (let read = -1; read < READS; read += 1) {
    const start = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    if (read >= 0) sample.push(performance.now() - start);
  }
  return sample;
}

const SETTLE_MS = 120_000;

/** Whoever reads finds tables at rest: what loading them has left to merge is done. */
async function settled({ adapters: { clickhouse } }: Place): Promise<void> {
  const busy = 'SELECT count() AS n FROM system.merges WHERE database = currentDatabase()';
  for (const until = Date.now() + SETTLE_MS; Date.now() < until; await sleep(500)) {
    const [row] = await clickhouse.query<{ n: string }>(busy);
    if (Number(row?.n) === 0) return;
  }
}

async function readRows({ config, adapters }: Place, stored: number): Promise<BenchRow[]> {
  const api = await startStages(config, ['api']);
  const { token } = await createToken(adapters.postgres, { role: 'viewer', tenantId: null, name: 'bench', expiresAt: null });
  const [to, root] = [Date.now(), `${api.apiUrl}/api/v1`];
  const range = `from=${new Date(to - DAYS * DAY_MS).toISOString()}&to=${new Date(to).toISOString()}`;
  const series = await timeReads(`${root}/series?metric=response_time_seconds&aggregate=p95&step=1h&${range}`, token);
  const year = await timeReads(`${root}/business-impact/current?period=last365d`, token);
  await api.stop();
  const at = `${(stored / 1e6).toFixed(0)}M events`;
  const row = (what: string, sample: number[], goal: number): BenchRow =>
    benchRow({ what: `${what}, p99 at ${at}`, ours: percentile(sample, 0.99), unit: 'ms', goal: { comparison: '<=', value: goal } });
  return [row('30-day series by hour, p95 of a metric', series, 50), row('ROI of a year', year, 100)];
}

/** @param events in a month; half of them on the day that is replayed */
export async function benchHistory(at: StackEndpoints, events: number, say: (line: string) => void): Promise<BenchRow[]> {
  return withPlace(at, {}, async (place) => {
    const { clickhouse } = place.adapters;
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const [first, dayBefore, last] = [dayText(today - DAYS * DAY_MS), dayText(today - DAY_MS), dayText(today)];
    const half = Math.floor(events / 2);
    say(`${events.toLocaleString('en-US')} events in ${DAYS} days, half of them on ${dayBefore}`);
    await clickhouse.command(generated(events - half, first, (DAYS - 1) * 86_400, 0));
    await clickhouse.command(generated(half, dayBefore, 86_400, events - half));
    say('replaying the month');
    await replayDay(place, first, last);
    say('replaying the day, against one plain aggregation');
    const ours = await replayDay(place, dayBefore, last);
    const peer = await plainAggregation(place, dayBefore);
    const what = `replay of a day with ${(half / 1e6).toFixed(0)}M events`;
    say(`the command took ${ours.commandSeconds.toFixed(2)} s in all, ${ours.seconds.toFixed(2)} s of it the replay`);
    const replayed = benchRow({
      what,
      ours: ours.seconds,
      unit: 's',
      peer: { name: 'INSERT ... SELECT ... GROUP BY', value: peer },
      goal: { comparison: '<=', value: 2 },
    });
    say('calculating the ROI of the month, as the roi stage does; a year of books before it');
    await recordDays({ ...place.adapters, config: place.config }, { from: first, to: last }, Date.now());
    await fillBooks(place, { from: dayText(today - YEAR_DAYS * DAY_MS), to: first }, TENANTS);
    await settled(place);
    return [replayed, ...(await readRows(place, events))];
  });
}
