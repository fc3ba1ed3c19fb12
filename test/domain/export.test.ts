import { describe, expect, it } from 'vitest';
import {
  columnsText,
  dueDays,
  emptyManifest,
  exportPath,
  manifestName,
  readManifest,
  schemaName,
  schemaText,
  withColumns,
  withDay,
} from '../../src/domain/export.ts';
import { exportNames, exportTables, warehouseOf } from '../../src/domain/export-tables.ts';

const wanted = { table: 'events', format: 'parquet', namespace: '' } as const;
const day = (stamp: string) => ({ stamp, rows: 1, bytes: 2, sha256: 'x', exportedAt: '2026-01-12T00:00:00Z' });
const filled = withDay(withDay(emptyManifest('events', 'parquet', ''), '2026-01-11', day('b')), '2026-01-10', day('a'));
const range = { from: '2026-01-10', to: '2026-01-13' };

describe('the days of an export', () => {
  it('are written when they hold something else than the last time, and not otherwise', () => {
    const now = [
      { day: '2026-01-10', rows: 1, stamp: 'a' },
      { day: '2026-01-11', rows: 2, stamp: 'c' },
      { day: '2026-01-12', rows: 3, stamp: 'd' },
    ];
    expect(dueDays(filled, now, range, false).write.map((one) => one.day)).toEqual(['2026-01-11', '2026-01-12']);
    expect(dueDays(filled, now, range, true).write).toHaveLength(3);
  });

  it('are removed when nothing of them holds any more, but not when they are only too old to be looked at', () => {
    expect(dueDays(filled, [], range, false)).toEqual({ write: [], remove: ['2026-01-10', '2026-01-11'] });
    const empty = [{ day: '2026-01-10', rows: 0, stamp: 'z' }];
    expect(dueDays(filled, empty, { ...range, from: '2026-01-11' }, false)).toEqual({ write: [], remove: ['2026-01-11'] });
  });

  it('are all written again when a table has got other columns', () => {
    expect(withColumns(filled, '')).toBe(filled);
    const other = withColumns(filled, 'tenant:STRING:REQUIRED');
    expect(dueDays(other, [{ day: '2026-01-10', rows: 1, stamp: 'a' }], range, false).write).toHaveLength(1);
    expect(columnsText([{ name: 'n', type: 'INT64', mode: 'REQUIRED' }])).toBe('n:INT64:REQUIRED');
  });

  it('stand in the list in order, and leave it', () => {
    expect(Object.keys(filled.days)).toEqual(['2026-01-10', '2026-01-11']);
    expect(Object.keys(withDay(filled, '2026-01-10', null).days)).toEqual(['2026-01-11']);
  });
});

describe('the list of exported days', () => {
  it('is read as it was written, and refused when it is of something else or nothing at all', () => {
    expect(readManifest(JSON.stringify(filled), 'm', wanted)).toEqual(filled);
    expect(() => readManifest('{', 'm', wanted)).toThrow('m is no list of exported days');
    expect(() => readManifest('{"version": 1, "days": {"x": {}}}', 'm', wanted)).toThrow('m is no list of exported days');
    expect(() => readManifest(JSON.stringify({ ...filled, version: 2 }), 'm', wanted)).toThrow('m is no list');
    expect(() => readManifest(JSON.stringify(filled), 'm', { ...wanted, namespace: 't1' })).toThrow(
      'm is of namespace "", not "t1": export into another folder',
    );
  });

  it('lies beside the days, which lie as warehouses expect them', () => {
    expect(exportPath('events', '2026-01-11', 'parquet')).toBe('events/dt=2026-01-11/events.parquet');
    expect(exportPath('roi', '2026-01-11', 'jsonl')).toBe('roi/dt=2026-01-11/roi.jsonl.gz');
    expect([manifestName('roi'), schemaName('roi')]).toEqual(['roi.manifest.json', 'roi.schema.json']);
    const fields = [{ name: 'n', type: 'INT64', mode: 'REQUIRED' }] as const;
    expect(JSON.parse(schemaText(fields))).toEqual(fields);
  });
});

describe('columns', () => {
  it.each([
    ['bigint', 'INT64', 'Int64'],
    ['integer', 'INT64', 'Int64'],
    ['numeric(18,6)', 'NUMERIC', 'Decimal(38, 9)'],
    ['double precision', 'FLOAT64', 'Float64'],
    ['boolean', 'BOOL', 'Bool'],
    ['date', 'DATE', 'Date32'],
    ['timestamp with time zone', 'TIMESTAMP', "DateTime64(6, 'UTC')"],
    ['jsonb', 'STRING', 'String'],
    ['text', 'STRING', 'String'],
  ])('of %s become %s', (postgres, type, clickhouse) => {
    expect(warehouseOf('x', postgres, false)).toEqual({ field: { name: 'x', type, mode: 'REQUIRED' }, type: clickhouse });
    expect(warehouseOf('x', postgres, true)).toEqual({ field: { name: 'x', type, mode: 'NULLABLE' }, type: `Nullable(${clickhouse})` });
  });

  it('have names that BigQuery takes, each once', () => {
    for (const name of exportNames) {
      const table = exportTables[name];
      const columns = table.kind === 'clickhouse' ? table.columns.map((one) => one.name) : [];
      expect(new Set(columns).size).toBe(columns.length);
      for (const column of columns) expect(column).toMatch(/^[a-z][a-z0-9_]*$/);
    }
  });
});
