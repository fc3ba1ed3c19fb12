import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { parseRule, type Rule } from '../../src/domain/rule.ts';
import {
  createRule,
  deleteRule,
  getRule,
  importRules,
  listRules,
  ruleHistory,
  rulesOfId,
  seedRules,
  updateRule,
} from '../../src/query/rules.ts';
import { testConfig } from '../support/config.ts';

const config = testConfig();
const postgres = createPostgres(config);
const by = { by: 'ann', reason: 'test' };

const ruleOf = (id: string, warning = 2, tenant: string | null = null): Rule => {
  const limits = { statistic: 'percent', window: '1m', comparison: 'above', warning };
  const parsed = parseRule({ id, title: 'T', metric: 'request_error', ...limits, tenant });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rule;
};

beforeAll(() => migratePostgres(postgres, config));
afterAll(() => postgres.close());

describe('rules in Postgres', () => {
  it('count versions, refuse a change of an older version, and keep who changed what', async () => {
    expect((await createRule(postgres, ruleOf('a'), by)).rule.version).toBe(1);
    expect((await updateRule(postgres, ruleOf('a', 3), 1, by)).rule).toMatchObject({ version: 2, levels: { warning: 3 } });
    await expect(updateRule(postgres, ruleOf('a', 4), 1, by)).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(createRule(postgres, ruleOf('a'), by)).rejects.toMatchObject({ code: 'conflict' });
    await expect(updateRule(postgres, ruleOf('nowhere'), 1, by)).rejects.toMatchObject({ code: 'not_found' });
    expect((await ruleHistory(postgres, 'a')).map(({ version, changedBy }) => [version, changedBy])).toEqual([
      [2, 'ann'],
      [1, 'ann'],
    ]);
  });

  it('let exactly one of two simultaneous changes through', async () => {
    await createRule(postgres, ruleOf('race'), by);
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => updateRule(postgres, ruleOf('race', n + 10), 1, by)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('go on counting after a deletion, whose history stays', async () => {
    await createRule(postgres, ruleOf('b'), by);
    await deleteRule(postgres, ruleOf('b'), 1, by);
    expect(await getRule(postgres, ruleOf('b'))).toBeNull();
    await expect(deleteRule(postgres, ruleOf('b'), 1, by)).rejects.toMatchObject({ code: 'not_found' });
    expect((await createRule(postgres, ruleOf('b'), by)).rule.version).toBe(3);
    expect((await ruleHistory(postgres, 'b')).map(({ definition }) => definition === null)).toEqual([false, true, false]);
  });

  it('are seeded once and then left as the operator wants them', async () => {
    expect(await seedRules(postgres, [ruleOf('seed-1'), ruleOf('seed-2')])).toEqual(['seed-1', 'seed-2']);
    await deleteRule(postgres, ruleOf('seed-1'), 1, by);
    expect(await seedRules(postgres, [ruleOf('seed-1'), ruleOf('seed-2', 9)])).toEqual([]);
    expect((await getRule(postgres, ruleOf('seed-2')))?.rule.levels).toEqual({ warning: 2 });
  });

  it('have ids of their own for each tenant, save those of everyone', async () => {
    for (const tenant of ['acme', 'globex']) expect((await createRule(postgres, ruleOf('own', 2, tenant), by)).rule.version).toBe(1);
    await updateRule(postgres, ruleOf('own', 5, 'acme'), 1, by);
    await deleteRule(postgres, ruleOf('own', 2, 'globex'), 1, by);
    expect((await rulesOfId(postgres, 'own')).map(({ rule }) => [rule.tenant, rule.version])).toEqual([['acme', 2]]);
    expect((await ruleHistory(postgres, 'own')).map(({ tenant, version }) => [tenant, version])).toEqual([
      ['acme', 2],
      ['acme', 1],
      ['globex', 2],
      ['globex', 1],
    ]);
    await expect(createRule(postgres, ruleOf('a', 2, 'acme'), by)).rejects.toMatchObject({ code: 'conflict' });
    expect(await seedRules(postgres, [ruleOf('own')])).toEqual(['own']);
  });

  it('come in from a file without touching what is equal', async () => {
    await createRule(postgres, ruleOf('file-1'), by);
    const outcome = await importRules(postgres, [ruleOf('file-1'), ruleOf('seed-2', 7), ruleOf('file-2')], by);
    expect(outcome).toEqual({ 'file-1': 'unchanged', 'seed-2': 'updated', 'file-2': 'created' });
    expect((await listRules(postgres)).find(({ rule }) => rule.id === 'file-1')?.rule.version).toBe(1);
  });
});
