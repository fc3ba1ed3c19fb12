import { describe, expect, it } from 'vitest';
import { ImpactError } from '../../src/domain/errors.ts';
import { topics } from '../../src/domain/topics.ts';
import type { BatchConsumer, ConsumerHandlers, InRecord, Position } from '../../src/runtime/records.ts';
import { createProgress } from '../../streams/record/health.ts';
import { mayEndInMarker, type StageLag } from '../../streams/record/lag.ts';
import { type RecordDeps, startRecord } from '../../streams/record.ts';
import { eventually } from '../support/eventually.ts';
import { runOf } from '../support/runs.ts';

const letter = (offset: number, message = 'not usable'): InRecord => ({
  key: Buffer.from('acme|f'),
  value: Buffer.from([1]),
  timestamp: '1763726400000',
  offset: String(offset),
  headers: { 'dl-topic': 'impact-lead-intelligence', 'dl-partition': '0', 'dl-offset': String(offset), 'dl-message': message },
});

/** The stage with everything around it under our control; `insert` decides what ClickHouse answers. */
async function stageWith(insert: (rows: readonly object[]) => void) {
  let handlers: ConsumerHandlers | null = null;
  const [rows, commits, counts]: [object[], Position[], string[]] = [[], [], []];
  const consumer: BatchConsumer = {
    start: async (given) => {
      handlers = given;
      given.assigned(1, [{ topic: topics.deadLetters, partition: 0 }]);
    },
    commit: async (_, positions) => commits.push(...positions) > 0,
    owns: () => true,
    seek: () => {},
    pause: () => {},
    resume: () => {},
    stop: async () => {},
  };
  const deps: RecordDeps = {
    config: { namespace: '' },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    metrics: { count: (name) => counts.push(name), set: () => {}, observe: () => {} },
    failpoint: () => {},
    now: Date.now,
    consumer,
    clickhouse: {
      insertRows: async (table, inserted) => {
        if (table !== 'dead_letters') return;
        insert(inserted);
        rows.push(...inserted);
      },
      command: async () => {},
    },
    decoder: {
      prepare: async () => {},
      isPrepared: () => true,
      payloadReader: () => null,
      decode: () => ({ ok: false, fault: { reason: 'not_avro_framed', message: '' }, schemaId: null }),
    },
    offsets: { read: async () => [], close: async () => {} },
  };
  const stage = await startRecord(deps);
  const batch = (records: InRecord[]) =>
    (handlers as unknown as ConsumerHandlers).batch(
      { topic: topics.deadLetters, partition: 0, highWatermark: 99, from: 0, runs: [runOf(records)] },
      1,
      async () => {},
    );
  return { stage, batch, rows, commits, counts };
}

describe('the record stage', () => {
  it('commits behind what ClickHouse has taken', async () => {
    const { stage, batch, rows, commits } = await stageWith(() => {});
    await batch([letter(4), letter(5)]);
    expect(rows).toHaveLength(2);
    expect(commits).toEqual([{ topic: topics.deadLetters, partition: 0, offset: 6 }]);
    await stage.stop();
  });

  it('waits while ClickHouse is away, says so, and commits nothing meanwhile', async () => {
    let away = true;
    const { stage, batch, commits } = await stageWith(() => {
      if (away) throw new ImpactError('unavailable', 'clickhouse: connection refused');
    });
    const done = batch([letter(1)]);
    await eventually(() => expect(stage.health()).toEqual({ ready: false, reasons: ['clickhouse: connection refused'] }));
    expect(commits).toEqual([]);
    away = false;
    await done;
    expect(commits).toHaveLength(1);
    expect(stage.health()).toEqual({ ready: true, reasons: [] });
    await stage.stop();
  });

  it('leaves out the one row that ClickHouse refuses, and no other', async () => {
    const { stage, batch, rows, commits, counts } = await stageWith((inserted) => {
      if (inserted.some((row) => 'message' in row && row.message === 'poison')) throw new ImpactError('unprocessable', 'clickhouse: no');
    });
    await batch([letter(1), letter(2, 'poison'), letter(3), letter(4)]);
    expect(rows.map((row) => 'offset' in row && row.offset)).toEqual([1, 3, 4]);
    expect(counts).toContain('impact_record_skipped_total');
    expect(commits).toHaveLength(1);
    await stage.stop();
  });

  it('lets any other error through, so that the batch is read again', async () => {
    const { stage, batch, commits } = await stageWith(() => {
      throw new TypeError('a mistake of ours');
    });
    await expect(batch([letter(1)])).rejects.toThrow('a mistake of ours');
    expect(commits).toEqual([]);
    await stage.stop();
  });
});

describe('readiness of the record stage', () => {
  const lagging = (committed: number, lag: number): StageLag[] => [
    { stage: 'record', topic: topics.deadLetters, partition: 0, committed, end: committed + lag, lag, lagSeconds: 1 },
    { stage: 'record', topic: topics.deadLetters, partition: 1, committed: 0, end: 50, lag: 50, lagSeconds: 1 },
    { stage: 'store', topic: topics.deadLetters, partition: 0, committed: 0, end: 50, lag: 50, lagSeconds: 1 },
  ];
  const joined = () => {
    const clock = { ms: 0 };
    const progress = createProgress(() => clock.ms);
    progress.assigned([{ topic: topics.deadLetters, partition: 0 }]);
    return { clock, progress };
  };

  it('is missing before it has joined its group, and while its consumer is broken', () => {
    const progress = createProgress(() => 0);
    expect(progress.health().ready).toBe(false);
    progress.assigned([]);
    expect(progress.health().ready).toBe(true);
    progress.broken('no broker');
    expect(progress.health()).toEqual({ ready: false, reasons: ['no broker'] });
  });

  it('is missing when a partition of its own lags and has not moved for 30 s', () => {
    const { clock, progress } = joined();
    progress.sampled(lagging(10, 5));
    clock.ms = 29_999;
    progress.sampled(lagging(10, 7));
    expect(progress.health().ready).toBe(true);
    clock.ms = 30_000;
    expect(progress.health()).toEqual({ ready: false, reasons: ['no progress on impact-dead-letters/0'] });
  });

  it('stays while the partition moves, or has nothing to do', () => {
    const { clock, progress } = joined();
    for (const committed of [10, 12, 14]) {
      progress.sampled(lagging(committed, 5));
      clock.ms += 20_000;
    }
    expect(progress.health().ready).toBe(true);
    progress.sampled(lagging(19, 0));
    clock.ms += 60_000;
    expect(progress.health().ready).toBe(true);
  });

  it('is missing while one batch takes more than 30 s', () => {
    const { clock, progress } = joined();
    progress.began();
    clock.ms = 30_000;
    expect(progress.health().ready).toBe(false);
    progress.ended();
    expect(progress.health().ready).toBe(true);
  });
});

it('no marker of a transaction counts as a record behind, wherever stages write in transactions', () => {
  for (const topic of [topics.windows, topics.alerts, topics.deadLetters, topics.lateEvents])
    expect(mayEndInMarker(topic), topic).toBe(true);
  expect(mayEndInMarker('impact-lead-intelligence')).toBe(false);
});
