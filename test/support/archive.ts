/** Archives on the real ClickHouse, in a folder that goes with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveFiles } from '../../src/adapters/archive-files.ts';
import { type ArchiveOptions, type ArchiveProgress, type ArchiveResult, archiveRange } from '../../src/cli/archiving.ts';
import type { System } from '../../src/cli/system.ts';
import type { World } from './store.ts';

export type Archive = {
  readonly folder: string;
  /** Archives into the folder, or into one inside of it. */
  write(options: Partial<ArchiveOptions> & Pick<ArchiveOptions, 'from' | 'to'>, now?: () => number): Promise<ArchiveResult>;
  /** What was told while writing. */
  readonly progress: ArchiveProgress[];
  remove(): void;
};

export function openArchive({ config, clickhouse }: World): Archive {
  const folder = mkdtempSync(join(tmpdir(), 'impact-archive-'));
  const progress: ArchiveProgress[] = [];
  const system = { config, clickhouse, archives: archiveFiles } as unknown as System;
  return {
    folder,
    progress,
    write: (options, now = Date.now) =>
      archiveRange(
        system,
        { tenant: null, feature: null, folder, replace: false, ...options },
        { now, signal: new AbortController().signal, onProgress: (one) => progress.push(one) },
      ),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Every column of every event, to the last bit: floats as their bytes, wide integers as text. */
export const storedEvents = ({ clickhouse }: World, table = 'events'): Promise<Record<string, unknown>[]> =>
  clickhouse.query(
    `SELECT * REPLACE (toString(version) AS version, toString(offset) AS offset, toString(payload_hash) AS payload_hash,
      arrayMap(value -> hex(reinterpretAsString(value)), values) AS values, arrayMap(name -> hex(name), metrics) AS metrics)
    FROM ${table} FINAL ORDER BY tenant, feature, minute, event_id SETTINGS do_not_merge_across_partitions_select_final = 1`,
  );
