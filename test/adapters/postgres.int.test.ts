import { afterAll, describe, expect, it } from 'vitest';
import { createPostgres, migratePostgres, missingInPostgres } from '../../src/adapters/postgres.ts';
import { testConfig } from '../support/config.ts';

const config = testConfig();
const postgres = createPostgres(config);
afterAll(() => postgres.close());

describe('Postgres', () => {
  it('is migrated once, however many processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migratePostgres(postgres, config)));
    const names = applied.flat();
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    expect(await migratePostgres(postgres, config)).toEqual([]);
    expect(await missingInPostgres(postgres)).toEqual([]);
  });

  it('knows what it lacks when the program is newer than its tables', async () => {
    const [newest] = await postgres.query<{ name: string }>(
      'DELETE FROM migrations WHERE name = (SELECT max(name) FROM migrations) RETURNING name',
    );
    expect(await missingInPostgres(postgres)).toEqual([newest?.name]);
    await postgres.query('INSERT INTO migrations (name) VALUES ($1)', [newest?.name]);
  });

  it('keeps nothing of a transaction that fails, and the pool stays usable', async () => {
    await postgres.query('CREATE TABLE probe (id int PRIMARY KEY)');
    const failing = postgres.transaction(async (sql) => {
      await sql.query('INSERT INTO probe VALUES (1)');
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await postgres.query('SELECT * FROM probe')).toEqual([]);
  });

  it('gives dates as dates and large integers without loss', async () => {
    const rows = await postgres.query(`SELECT DATE '2026-01-11' AS day, 9007199254740993::int8 AS large, 42::int8 AS small`);
    expect(rows).toEqual([{ day: '2026-01-11', large: '9007199254740993', small: 42 }]);
  });
});
