import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { nativeBlock } from '../../src/runtime/native/block.ts';
import { Uint8Column } from '../../src/runtime/native/fixed.ts';
import { testConfig } from '../support/config.ts';

const config = testConfig();
const golden = '../../schemas/golden/clickhouse';
let clickhouse: ClickHouse;

/** Numbers as one column of one block. */
function blockOf(...numbers: number[]): Buffer[] {
  const n = new Uint8Column('UInt8');
  for (const number of numbers) n.add(number);
  return nativeBlock({ n }, 0, numbers.length);
}

beforeAll(async () => {
  clickhouse = createClickHouse(config);
  await migrateClickHouse(clickhouse, config);
});

afterAll(async () => {
  await clickhouse.command(`DROP DATABASE ${clickhouse.database}`);
  await clickhouse.close();
});

describe('ClickHouse', () => {
  it('has the released schema after the migrations', async () => {
    const tables = await clickhouse.query<{ name: string; sql: string }>(
      'SELECT name, create_table_query AS sql FROM system.tables WHERE database = currentDatabase() ORDER BY name',
    );
    const text = tables.map(({ sql }) => sql.replaceAll(`${clickhouse.database}.`, '')).join(';\n\n');
    await expect(`${text};\n`).toMatchFileSnapshot(`${golden}/tables.sql`);
  });

  it('is migrated once, however many processes start together', async () => {
    expect(await Promise.all([migrateClickHouse(clickhouse, config), migrateClickHouse(clickhouse, config)])).toEqual([[], []]);
  });

  it('follows the configuration with its retention', async () => {
    const shorter = { ...config, retentionRawDays: 10, retentionMinuteDays: 20 };
    await migrateClickHouse(clickhouse, shorter);
    const [row] = await clickhouse.query<{ sql: string }>(
      "SELECT create_table_query AS sql FROM system.tables WHERE name = 'events' AND database = currentDatabase()",
    );
    expect(row?.sql).toContain('TTL minute + toIntervalDay(12)');
    await migrateClickHouse(clickhouse, config);
  });

  it('tells data that it refuses from trouble that passes', async () => {
    await clickhouse.command('CREATE TABLE picky (n UInt8, CONSTRAINT small CHECK n < 10) ENGINE = MergeTree ORDER BY n');
    await expect(clickhouse.insertRows('picky', [{ n: 11 }])).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(clickhouse.insertNative('picky', ['n'], blockOf(1, 12))).rejects.toMatchObject({
      code: 'unprocessable',
    });
    for (const wrong of ['SELEC 1', 'SELECT absent FROM picky', "SELECT 1 + 'a'", 'SELECT bitShiftLeft(1)', 'SELECT n FROM absent'])
      await expect(clickhouse.query(wrong)).rejects.toMatchObject({ code: expect.stringMatching(/internal|unprocessable/) });
    await expect(clickhouse.query('SELECT sleep(2) SETTINGS max_execution_time = 0.1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(clickhouse.query('SELECT arrayJoin(range(1000000)) SETTINGS max_memory_usage = 1')).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(clickhouse.insertRows('absent', [{ n: 1 }])).rejects.toMatchObject({ code: 'internal' });
    const nowhere = createClickHouse({ ...config, clickhouseUrl: 'http://127.0.0.1:1' });
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await nowhere.close();
    await clickhouse.insertNative('picky', ['n'], blockOf(1, 2));
    expect(await clickhouse.query('SELECT sum(n) AS n FROM picky')).toEqual([{ n: 3 }]);
  });

  it('gives up a question before its caller does, so that nothing is computed for nobody', async () => {
    expect(await clickhouse.query("SELECT toUInt32(getSetting('max_execution_time')) AS seconds")).toEqual([{ seconds: 110 }]);
  });

  it('takes parameters far beyond what fits into a URL', async () => {
    const numbers = Array.from({ length: 20_000 }, (_, n) => n);
    await clickhouse.command('CREATE TABLE many (n UInt32) ENGINE = MergeTree ORDER BY n');
    await clickhouse.command('INSERT INTO many SELECT arrayJoin({numbers:Array(UInt32)})', { numbers });
    expect(await clickhouse.query('SELECT count() AS rows, max(n) AS most FROM many')).toEqual([{ rows: 20_000, most: 19_999 }]);
  });
});
