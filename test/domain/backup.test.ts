import { describe, expect, it } from 'vitest';
import {
  type BackupManifest,
  backupId,
  checksumIn,
  checksumText,
  inOrderOfReference,
  isKept,
  isLeftOver,
  manifestText,
  memoryAfter,
  parseManifest,
  partPath,
  rangesOf,
  readingOrder,
  rewindsFor,
  sameEpochs,
  unfinishedName,
  unknownMigrations,
} from '../../src/domain/backup.ts';

const sha256 = 'a'.repeat(64);
const manifest: BackupManifest = {
  id: 'impact-20260111T080000Z',
  namespace: '',
  program: '0.1.0',
  cutAt: Date.UTC(2026, 0, 11, 8),
  finishedAt: Date.UTC(2026, 0, 11, 8, 1),
  migrations: ['010_rules.sql'],
  kafka: { clusterId: 'k', offsets: [{ stage: 'store', topic: 'impact-lead-intelligence', partition: 0, offset: '12' }] },
  files: [{ path: 'postgres/rules.jsonl.zst', component: 'postgres', table: 'rules', columns: [], rows: 1, bytes: 2, sha256 }],
};

describe('a manifest', () => {
  it('says the same after it was written and read', () => {
    expect(parseManifest(manifestText(manifest), 'here')).toEqual({ ...manifest, format: undefined });
  });

  it.each([
    ['no JSON', '{'],
    ['something else', '{"name": "x"}'],
    ['a path that leads out of the backup', manifestText(manifest).replace('postgres/rules', '../rules')],
    ['a digest that is none', manifestText(manifest).replace(sha256, 'abc')],
    ['an end before its beginning', manifestText({ ...manifest, finishedAt: 0 })],
    ['negative rows', manifestText(manifest).replace('"rows": 1', '"rows": -1')],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parseManifest(text, 'x/manifest.json')).toThrow('x/manifest.json is no manifest of a backup');
  });

  it('of a later format is refused as such, and so are migrations from the future', () => {
    expect(() => parseManifest(manifestText(manifest).replace('"format": 1', '"format": 2'), 'm')).toThrow(
      'm has the format 2; this program reads 1',
    );
    expect(unknownMigrations(manifest, ['010_rules.sql'])).toEqual([]);
    expect(unknownMigrations({ ...manifest, migrations: ['010_rules.sql', '999_later.sql'] }, ['010_rules.sql'])).toEqual([
      '999_later.sql',
    ]);
  });
});

describe('names', () => {
  it('tell time and namespace, and an unfinished one from a whole one', () => {
    expect(backupId('', Date.UTC(2026, 0, 11, 8))).toBe('impact-20260111T080000Z');
    expect(backupId('t1', Date.UTC(2026, 0, 11, 8, 0, 0, 999))).toBe('impact-t1-20260111T080000Z');
    expect(isLeftOver(unfinishedName(backupId('t1', 5)), 't1')).toBe(true);
    expect(isLeftOver(unfinishedName(backupId('t1', 5)), '')).toBe(false);
    expect(isLeftOver(backupId('t1', 5), 't1')).toBe(false);
  });

  it('of files hold no character that a file name should not have', () => {
    expect(partPath('clickhouse', 'events', '2026/01..')).toBe('clickhouse/events.2026_01...native.zst');
    expect(partPath('postgres', 'rules', null)).toBe('postgres/rules.jsonl.zst');
  });

  it('of checksums are those that sha256sum reads', () => {
    const text = checksumText([{ path: 'a b', sha256 }, ...manifest.files]);
    expect(text.split('\n')[0]).toBe(`${sha256}  a b`);
    expect(checksumIn(text, 'a b')).toBe(sha256);
    expect(checksumIn(text, 'b')).toBeNull();
  });
});

describe('the way back to the cut', () => {
  const at = (offset: string, stage = 'store') => ({ stage, topic: 'impact-lead-intelligence', partition: 0, offset });
  const now = (offset: string, stage = 'store', clusterId = 'k') => ({ clusterId, offsets: [at(offset, stage)] });

  it('is only backwards, and only for the stages whose rows were restored', () => {
    expect(rewindsFor(manifest, '', now('9007199254740993'))).toEqual([at('12')]);
    expect(rewindsFor(manifest, '', now('12'))).toEqual([]);
    expect(rewindsFor(manifest, '', now('11'))).toEqual([]);
    const alerts = { ...manifest, kafka: { clusterId: 'k', offsets: [at('12', 'alert')] } };
    expect(rewindsFor(alerts, '', now('20', 'alert'))).toEqual([]);
  });

  it('is none in another Kafka, another namespace, or without Kafka', () => {
    expect(rewindsFor(manifest, '', now('20', 'store', 'other'))).toEqual([]);
    expect(rewindsFor(manifest, 't1', now('20'))).toEqual([]);
    expect(rewindsFor(manifest, '', null)).toEqual([]);
    expect(rewindsFor({ ...manifest, kafka: null }, '', now('20'))).toEqual([]);
  });
});

describe('the memory of what people were told', () => {
  const read = (offset: string) => ({ stage: 'notify', topic: 'impact-alerts', partition: 0, offset });
  const now = (offset: string, clusterId = 'k') => ({ clusterId, offsets: [read(offset)] });
  const at = (next: number) => [{ topic: 'impact-alerts', partition: 0, next }];

  it('stays where it has come as far as the records that were read', () => {
    expect(memoryAfter(manifest, '', now('20'), at(20))).toBe('own');
    expect(memoryAfter(manifest, '', now('20'), at(21))).toBe('own');
    expect(isKept('own', 'outbox')).toBe(true);
    expect(isKept('own', 'rules')).toBe(false);
  });

  it('is the backup’s where there is none, or one that was set back before', () => {
    expect(memoryAfter(manifest, '', now('20'), [])).toBe('backup');
    expect(memoryAfter(manifest, '', now('20'), at(19))).toBe('backup');
    expect(memoryAfter(manifest, '', now('20'), [{ topic: 'impact-alerts', partition: 1, next: 50 }])).toBe('backup');
    expect(memoryAfter({ ...manifest, kafka: null }, '', now('20'), [])).toBe('backup');
    expect(isKept('backup', 'outbox')).toBe(false);
  });

  it('is another one’s in another Kafka or namespace', () => {
    expect(memoryAfter(manifest, '', now('20', 'other'), at(20))).toBe('foreign');
    expect(memoryAfter(manifest, 't1', now('20'), at(20))).toBe('foreign');
  });
});

describe('orders', () => {
  it('of tables put those first that others refer to, and refuse a circle', () => {
    expect(
      inOrderOfReference(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['b', 'c'],
          ['a', 'a'],
          ['c', 'elsewhere'],
        ],
      ),
    ).toEqual(['c', 'b', 'a']);
    expect(() =>
      inOrderOfReference(
        ['a', 'b'],
        [
          ['a', 'b'],
          ['b', 'a'],
        ],
      ),
    ).toThrow('in a circle: a, b');
  });

  it('of reading put raw events behind everything that is made of them', () => {
    const tables = ['events', 'alerts', 'migrations', 'rollup_1m', 'rollup_1h', 'rollup_1d', 'replay_events', 'epochs', 'pipeline_lag'];
    expect(readingOrder(tables)).toEqual({ rollups: ['rollup_1d', 'rollup_1h', 'rollup_1m'], others: ['alerts', 'events'] });
  });

  it('of epochs do not matter, but what they say does', () => {
    const [a, b] = [
      { tenant: 'a', day: '2026-01-11', active: 1 },
      { tenant: 'b', day: '2026-01-11', active: 2 },
    ];
    expect(sameEpochs([a, b], [b, a])).toBe(true);
    expect(sameEpochs([a], [{ ...a, active: 2 }])).toBe(false);
    expect(sameEpochs([a], [])).toBe(false);
  });

  it('of days join neighbours', () => {
    const day = (n: number): number => Date.UTC(2026, 0, n);
    expect(rangesOf(['2026-01-10', '2026-01-11', '2026-01-20'])).toEqual([
      { from: day(10), to: day(12) },
      { from: day(20), to: day(21) },
    ]);
    expect(rangesOf([])).toEqual([]);
  });
});
