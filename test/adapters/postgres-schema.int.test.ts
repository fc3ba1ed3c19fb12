import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { databaseName } from '../../src/domain/names.ts';
import { testConfig } from '../support/config.ts';
import { schemaText } from '../support/postgres-schema.ts';

const config = testConfig();
const schema = databaseName(config.namespace, 'impact');
const postgres = createPostgres(config);
beforeAll(() => migratePostgres(postgres, config));
afterAll(async () => {
  await postgres.query(`DROP SCHEMA ${schema} CASCADE`);
  await postgres.close();
});

describe('the Postgres schema', () => {
  // After a new migration: npm run test:some -- test/adapters/postgres-schema.int.test.ts --update
  it('is the released one after the migrations', async () => {
    await expect(await schemaText(postgres, schema)).toMatchFileSnapshot('../../schemas/golden/postgres/tables.sql');
  });
});
