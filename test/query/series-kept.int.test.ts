/** Remembered steps of a series on a real ClickHouse: whatever is stored, they are what ClickHouse answers, and only what has changed is asked again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { type SeriesQuestion, seriesRows } from '../../src/query/series.ts';
import { createSeriesAnswers } from '../../src/query/series-kept.ts';
import { ask, type Rows } from '../../src/query/statement.ts';
import { testConfig } from '../support/config.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

const config = testConfig({ RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' });
const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 12);
const everyone = scopeOf(null);

let clickhouse: ClickHouse;
let offset = 0;

async function store(events: readonly FeatureEvent[]): Promise<void> {
  await storeEvents(clickhouse, events, offset);
  offset += events.length;
}

const measured = (hour: number, value: number, changes: object = {}): FeatureEvent =>
  eventOf('custom-metrics', new Date(BEGIN + hour * HOUR + value * 1000).toISOString(), {
    ...{ tenantId: value % 2 === 0 ? 'north' : 'south', featureId: 'ordering', metric: 'basket', userId: `user-${value % 7}`, value },
    ...changes,
  });

beforeAll(async () => {
  clickhouse = createClickHouse(config);
  await migrateClickHouse(clickhouse, config);
  await store([0, 1, 2, 4, 5].flatMap((hour) => Array.from({ length: 20 }, (_, i) => measured(hour, i + 1))));
});
afterAll(async () => {
  await clickhouse?.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
  await clickhouse?.close();
});

const question = (changes: Partial<SeriesQuestion> = {}): SeriesQuestion => ({
  ...{ metric: 'basket', aggregate: 'p50', groupBy: ['tenant'], limit: 1000 },
  edges: Array.from({ length: 7 }, (_, i) => BEGIN + i * HOUR),
  ...changes,
});

/** Says for which stretch of time sketches were asked, in hours from the begin. */
function listening(): { rows: Rows; asked: string[] } {
  const asked: string[] = [];
  const hours = (seconds: unknown): number => (Number(seconds) * 1000 - BEGIN) / HOUR;
  const query = <Row>(text: string, params: Record<string, unknown> = {}): Promise<Row[]> => {
    if (text.includes('_active')) asked.push(`${hours(params['from'])}-${hours(params['to'])}`);
    return clickhouse.query<Row>(text, params);
  };
  return { rows: { query }, asked };
}

describe('a series that is asked again', () => {
  it('is asked for what has changed only, and is always what ClickHouse answers', async () => {
    const [answers, { rows, asked }] = [createSeriesAnswers(), listening()];
    const expectRight = async (changes: Partial<SeriesQuestion> = {}) =>
      expect(await answers(rows, everyone, question(changes))).toEqual(await ask(clickhouse, seriesRows(everyone, question(changes))));
    await expectRight();
    await expectRight();
    expect(asked).toEqual(['0-6']);
    await store([measured(4, 100)]);
    await expectRight();
    expect(asked).toEqual(['0-6', '4-5']);
    const [wrong, again] = [measured(1, 3), measured(2, 5)];
    await store([
      { ...wrong, revision: 1, value: 55 } as FeatureEvent,
      ...Array.from({ length: 20 }, (_, i) => ({ ...measured(2, i + 1), revision: 1, retracted: true }) as FeatureEvent),
    ]);
    await expectRight();
    expect(asked.slice(2)).toEqual(['1-3']);
    await store([{ ...again, revision: 2 } as FeatureEvent]);
    await expectRight();
    expect(asked.slice(3)).toEqual(['2-3']);
  });

  it('is another one by its steps, its groups, its aggregate and whoever asks', async () => {
    const [answers, { rows, asked }] = [createSeriesAnswers(), listening()];
    const different: Partial<SeriesQuestion>[] = [
      {},
      { groupBy: [] },
      { aggregate: 'uniques' },
      { aggregate: 'p95' },
      { edges: [0, 2, 4, 6].map((hour) => BEGIN + hour * HOUR) },
      { feature: 'other' },
    ];
    for (const changes of different)
      expect(await answers(rows, everyone, question(changes))).toEqual(await ask(clickhouse, seriesRows(everyone, question(changes))));
    const north = scopeOf('north');
    expect(await answers(rows, north, question())).toEqual(await ask(clickhouse, seriesRows(north, question())));
    // Nothing is stored of the other feature, which the versions say already.
    expect(asked).toHaveLength(different.length);
  });

  it('changes with the generation that a replay makes active', async () => {
    const [answers, { rows, asked }] = [createSeriesAnswers(), listening()];
    await answers(rows, everyone, question());
    await clickhouse.insertRows('epochs', [{ tenant: 'north', day: '2026-01-12', active: 1, building: 0, highest: 1, version: 1 }]);
    const found = await answers(rows, everyone, question());
    expect(new Set(found.map(({ tenant }) => tenant))).toEqual(new Set(['south']));
    expect(asked).toHaveLength(2);
  });

  it('is forgotten when others need the room, and is never longer than its limit', async () => {
    const [answers, { rows, asked }] = [createSeriesAnswers(15), listening()];
    for (const aggregate of ['p50', 'p95', 'p50'] as const) await answers(rows, everyone, question({ aggregate, groupBy: [] }));
    expect(asked).toHaveLength(3);
    expect(await answers(rows, everyone, question({ limit: 2, groupBy: [] }))).toHaveLength(2);
    await answers(rows, everyone, question({ aggregate: 'mean' }));
    expect(asked.at(-1)).toBe('0-6');
  });
});
