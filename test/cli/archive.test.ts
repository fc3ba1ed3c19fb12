import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { System } from '../../src/cli/system.ts';
import { loadConfig } from '../../src/config.ts';
import { impact } from './terminal.ts';

/** Answers each question in its turn; nothing is written anywhere. */
function open(asked: { text: string; params: unknown }[]) {
  const minutes = Array.from({ length: 3 }, (_, n) => ({ at: Date.UTC(2026, 0, 10, n), rows: 600_000 }));
  const query = async (text: string, params: unknown) => {
    asked.push({ text, params });
    return text.includes('system.columns') ? [{ name: 'tenant', type: 'String' }] : minutes;
  };
  const archives = {
    list: async () => [],
    write: async () => ({ partial: 'p', path: 'f', bytes: 1_000_000 }),
    publish: async () => undefined,
  };
  const clickhouse = { query, queryBytes: async () => ({ bytes: Readable.from([]), rows: 600_000 }) };
  return async () => ({ config: loadConfig({}), clickhouse, archives, close: async () => undefined }) as unknown as System;
}

it('says what was archived, and asks for no more than was wanted', async () => {
  const asked: { text: string; params: unknown }[] = [];
  const { status, out } = await impact('archive --from 2026-01-10 --to 2026-01-11 --tenant acme --feature churn --output there', {
    open: open(asked),
  });
  expect({ status, out }).toEqual({ status: 0, out: '1 day archived: 1,800,000 events, 3 files, 3.0 MB in there\n' });
  const [from, to] = [Date.UTC(2026, 0, 10) / 1000, Date.UTC(2026, 0, 11) / 1000];
  expect(asked[1]).toMatchObject({ params: { tenant: 'acme', feature: 'churn', from, to } });
});

it('ends at once when it is told to', async () => {
  const { status, err } = await impact('archive --from 2026-01-10 --to 2026-01-11 --output there', {
    open: open([]),
    signal: AbortSignal.abort(),
  });
  expect(status).toBe(1);
  expect(err).toMatch(/^ended {2}archiving \(.*\)\nstopped; the same command goes on from there\n$/);
});

it('wants a folder, and both ends of the range', async () => {
  const file = await impact('archive --from 2026-01-10 --to 2026-01-11 --output there.parquet');
  expect(file).toMatchObject({ status: 2, err: expect.stringContaining('Expected a folder: each UTC day gets a file of its own in it') });
  expect(await impact('archive --from 2026-01-10 --output there')).toMatchObject({ status: 2, err: expect.stringContaining('--to') });
});
