import { describe, expect, it } from 'vitest';
import { tracedStatements, tracedTransactions } from '../../src/runtime/traced-statements.ts';
import { inSpan, noTracer } from '../../src/runtime/tracer.ts';
import { memoryTracer } from '../support/memory-tracer.ts';

function database() {
  const asked: unknown[][] = [];
  const ask = async (...args: unknown[]): Promise<number> => asked.push(args);
  const client = {
    database: 'impact',
    query: ask,
    insertRows: ask,
    ping: ask,
    transaction: <T>(work: (sql: { query: typeof ask }) => Promise<T>): Promise<T> => work({ query: ask }),
  };
  return { asked, client };
}

const name = { system: 'clickhouse', namespace: 'impact' } as const;

describe('a traced database client', () => {
  it('is the client itself where nothing is traced', () => {
    const { client } = database();
    expect(tracedStatements(client, noTracer, name)).toBe(client);
    expect(tracedTransactions(client, noTracer, name)).toBe(client);
  });

  it.each([
    ['SELECT n FROM rollup_1h FINAL WHERE tenant = {tenant:String}', 'SELECT rollup_1h'],
    ['\n  INSERT INTO rollup_1m (tenant) SELECT tenant FROM events', 'INSERT rollup_1m'],
    ['update impact.rules SET enabled = false', 'UPDATE impact.rules'],
    ['BEGIN', 'BEGIN'],
    ['', 'STATEMENT'],
  ])('names a statement by what it does, not by what it is about: %s', async (text, summary) => {
    const [tracer, { client, asked }] = [memoryTracer(), database()];
    const traced = tracedStatements(client, tracer, name);
    await inSpan(tracer, 'request', { kind: 'server' }, () => traced.query(text, { tenant: 'secret' }));
    expect(tracer.spans[1]).toMatchObject({ name: summary, kind: 'client', parent: 'request', ended: true });
    expect(tracer.spans[1]?.attributes).toMatchObject({ 'db.system.name': 'clickhouse', 'db.namespace': 'impact' });
    expect(JSON.stringify(tracer.spans)).not.toContain('secret');
    expect(asked).toEqual([[text, { tenant: 'secret' }]]);
  });

  it('names an insert by its table, and leaves alone what is no statement', async () => {
    const [tracer, { client }] = [memoryTracer(), database()];
    const traced = tracedStatements(client, tracer, name);
    expect(traced.database).toBe('impact');
    await inSpan(tracer, 'flush', { kind: 'consumer' }, async () => {
      await traced.insertRows('events', []);
      await traced.ping();
    });
    expect(tracer.spans.map((span) => span.name)).toEqual(['flush', 'INSERT events']);
  });

  it('makes no span of what the process asks by itself', async () => {
    const [tracer, { client, asked }] = [memoryTracer(), database()];
    await tracedStatements(client, tracer, name).query('SELECT 1');
    expect([tracer.spans, asked]).toEqual([[], [['SELECT 1']]]);
  });

  it('traces the statements of a transaction one by one, and failures as such', async () => {
    const [tracer, { client }] = [memoryTracer(), database()];
    const traced = tracedTransactions(client, tracer, { system: 'postgresql', namespace: 'impact' });
    const work = inSpan(tracer, 'request', { kind: 'server' }, () =>
      traced.transaction(async (sql) => {
        await sql.query('SELECT 1 FROM rules');
        await sql.query('DELETE FROM rules');
        throw new Error('not so');
      }),
    );
    await expect(work).rejects.toThrow('not so');
    expect(tracer.spans.map((span) => [span.name, span.failed === undefined])).toEqual([
      ['request', false],
      ['SELECT rules', true],
      ['DELETE rules', true],
    ]);
  });
});
