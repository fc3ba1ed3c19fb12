import { expect, it } from 'vitest';
import { progressText } from '../../src/cli/replay.ts';
import type { System } from '../../src/cli/system.ts';
import type { ReplayOptions } from '../../streams/replay.ts';
import { impact } from './terminal.ts';

const result = { id: 'r1', days: ['2026-01-01'], tenants: 2, resumed: false, changes: [], durationMs: 1_500 };

it('passes the range on and says what was rebuilt', async () => {
  const asked: ReplayOptions[] = [];
  const open = async () =>
    ({
      replay: async (options: ReplayOptions) => {
        asked.push(options);
        return result;
      },
      close: async () => undefined,
    }) as unknown as System;
  const { status, out } = await impact('replay --from 2026-01-01 --to 2026-01-02 --tenant acme --from-kafka', { open });
  expect({ status, out }).toEqual({ status: 0, out: '1 day of 2 tenants rebuilt and active after 2 s\n' });
  expect(asked).toEqual([{ from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2), tenant: 'acme', dryRun: undefined, fromKafka: true }]);
});

it('tells how far it is and how long it will take', () => {
  expect(progressText({ phase: 'rebuild', done: 34, total: 72, day: '2026-01-11', etaMs: 11_400 })).toBe(
    'rebuilding 2026-01-11, 34 of 72 hours, 12 s left',
  );
  expect(progressText({ phase: 'rebuild', done: 1, total: 72, day: '2026-01-11', etaMs: 100_000 })).toContain('2 min left');
});

it('says what it reads, and what it waits for', () => {
  const nothing = { done: 0, total: 0, day: null, etaMs: null };
  expect(progressText({ ...nothing, phase: 'check', done: 2, total: 31 })).toBe('checking the archive, 2 of 31 files');
  expect(progressText({ ...nothing, phase: 'read', done: 1200, total: 5000, etaMs: 900 })).toBe(
    'reading the archive, 1,200 of 5,000 events, 1 s left',
  );
  expect(progressText({ ...nothing, phase: 'read', done: 1200 })).toBe('reading again, 1,200 events');
  expect(progressText({ ...nothing, phase: 'wait', reason: 'clickhouse: gone' })).toBe('waiting, it goes on by itself: clickhouse: gone');
});

it('reads from Kafka or from an archive, not from both', async () => {
  const both = await impact('replay --from 2026-01-01 --to 2026-01-02 --from-kafka --from-archive there');
  expect(both).toMatchObject({
    status: 2,
    err: expect.stringContaining("'--from-archive <path>' cannot be used with option '--from-kafka'"),
  });
  const backtest = await impact('replay --from 2026-01-01 --to 2026-01-02 --alerts --from-archive there');
  expect(backtest).toMatchObject({ status: 2, err: expect.stringContaining("cannot be used with option '--alerts'") });
});

it('wants to know which days', async () => {
  expect(await impact('replay --from 2026-01-01')).toMatchObject({ status: 2, err: expect.stringContaining('with --from and --to') });
});
