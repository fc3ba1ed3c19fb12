import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ddlStatements } from '../../src/domain/ddl.ts';

const folder = new URL('../../schemas/clickhouse/', import.meta.url);
const single = { database: 'impact', cluster: '', replicated: false, rawDays: 90, minuteDays: 90, hourDays: 730 };
const rendered = (options: typeof single): string =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => ddlStatements(readFileSync(new URL(name, folder), 'utf8'), options))
    .join(';\n\n');

describe('the ClickHouse migrations', () => {
  it('make local tables on every shard and tables over all shards, replicated where Keeper is there', async () => {
    await expect(`${rendered({ ...single, cluster: 'impact' })};\n`).toMatchFileSnapshot('../../schemas/golden/clickhouse/cluster.sql');
    await expect(`${rendered({ ...single, cluster: 'impact', replicated: true })};\n`).toMatchFileSnapshot(
      '../../schemas/golden/clickhouse/replicated.sql',
    );
  });

  it('leave no placeholder behind', () => {
    expect(rendered(single)).not.toMatch(/\{\{|Distributed|_shard/);
  });

  it('keep rows two days longer than configured, and no coarser tier shorter than a finer one', () => {
    const statement = (word: string, options: Partial<typeof single>): string[] =>
      ddlStatements(`SELECT {{${word}}}`, { ...single, ...options });
    expect(statement('rawDays', {})).toEqual(['SELECT 92']);
    expect(statement('minuteDays', { minuteDays: 10 })).toEqual(['SELECT 92']);
    expect(statement('hourDays', { hourDays: 5 })).toEqual(['SELECT 92']);
  });

  it('refuse a placeholder that means nothing', () => {
    expect(() => ddlStatements('SELECT {{nonsense}}', single)).toThrow('nonsense');
  });
});
