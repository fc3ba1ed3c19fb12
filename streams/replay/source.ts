/** Where a replay takes its events from, and what it reads before it rebuilds: nothing, Kafka's topics, or archive files. */
import { createHash } from 'node:crypto';
import type { ArchiveFile } from '../../src/domain/archive.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { keptWholeFrom } from '../../src/domain/retention.ts';
import { dayOf } from '../../src/domain/totals.ts';
import type { DayRange } from '../../src/query/replay.ts';
import type { ReplayDeps, ReplayOptions, Report } from '../replay.ts';
import { checkArchive, readArchive } from './archive.ts';
import { readAgain } from './kafka.ts';
import { run } from './run.ts';

export type Source = { kind: 'raw' } | { kind: 'kafka' } | { kind: 'archive'; files: readonly ArchiveFile[] };

const midnightOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** The first day of which raw events are kept whole, its begin in milliseconds since 1970. */
export const keptFrom = ({ config, now }: Pick<ReplayDeps, 'config' | 'now'>): number => keptWholeFrom(now(), config.retentionRawDays);

function refuseExpired(deps: ReplayDeps, range: DayRange): void {
  const kept = dayOf(keptFrom(deps));
  if (range.from >= kept) return;
  const advice = `raw events are kept whole from ${kept} on; begin there, or read older ones with --from-archive or --from-kafka`;
  throw new ImpactError('unprocessable', `${range.from} is too early: ${advice}`);
}

const wantedOf = ({ from, to, tenant }: DayRange, feature: string | null) => ({
  from: midnightOf(from),
  to: midnightOf(to),
  tenant,
  feature,
});

/**
 * What the options ask for, checked as far as it can be before anything is written.
 * @throws ImpactError `unprocessable` when raw events have expired and nothing else was asked for, or when the archive does not serve
 */
export async function chooseSource(deps: ReplayDeps, options: ReplayOptions, range: DayRange, report: Report): Promise<Source> {
  const { fromKafka, fromArchive } = options;
  if (fromKafka && fromArchive !== undefined)
    throw new ImpactError(
      'unprocessable',
      'a replay reads from Kafka or from an archive, not from both: leave out --from-kafka or --from-archive',
    );
  if (fromKafka) return { kind: 'kafka' };
  if (fromArchive !== undefined) {
    const wanted = wantedOf(range, options.feature ?? null);
    const files = await checkArchive(deps, fromArchive, wanted, (phase, done, total) =>
      report({ phase, done, total, day: null, etaMs: null }),
    );
    return { kind: 'archive', files };
  }
  refuseExpired(deps, range);
  return { kind: 'raw' };
}

/** Tells one set of archive files from another: a replay that was begun with one may not go on with another. */
export function archiveDigest(source: Source): string | null {
  if (source.kind !== 'archive') return null;
  return createHash('sha256')
    .update(source.files.map(({ digest }) => digest).join())
    .digest('hex');
}

/** What the raw table still has of the days that the replay's own table is used for. */
async function copyLeft(deps: ReplayDeps, { from, to, tenant }: DayRange, expired: number): Promise<void> {
  const until = midnightOf(to) < expired ? to : dayOf(expired);
  if (until <= from) return;
  await run(deps, {
    text: `INSERT INTO replay_events SELECT * FROM events
  WHERE toDate(minute) >= {from:Date} AND toDate(minute) < {until:Date}${tenant === null ? '' : ' AND tenant = {tenant:String}'}`,
    params: tenant === null ? { from, until } : { from, until, tenant },
  });
}

/** The replay's own table is emptied: nobody needs what was read into it any more. */
export async function forgetRead(deps: ReplayDeps, source: Source['kind']): Promise<void> {
  if (source !== 'raw') await run(deps, { text: 'TRUNCATE TABLE replay_events', params: {} });
}

/**
 * Reads what a source other than the raw table has.
 * @param expired milliseconds since 1970: days before it go to a table of the replay's own, for the raw one would drop them
 */
export async function readSource(
  deps: ReplayDeps,
  source: Source,
  { range, feature, expired }: { range: DayRange; feature: string | null; expired: number },
  report: Report,
): Promise<void> {
  if (source.kind === 'raw') return;
  // What a replay that was ended while it read has left there.
  await forgetRead(deps, source.kind);
  await copyLeft(deps, range, expired);
  const wanted = { ...wantedOf(range, feature), expired };
  const startedAt = deps.now();
  if (source.kind === 'archive') {
    const etaMs = (done: number, total: number): number | null => (done === 0 ? null : ((deps.now() - startedAt) / done) * (total - done));
    await readArchive(deps, source.files, wanted, (phase, done, total) =>
      report({ phase, done, total, day: null, etaMs: etaMs(done, total) }),
    );
  } else {
    let done = 0;
    await readAgain(deps, wanted, (count) => {
      done += count;
      report({ phase: 'read', done, total: 0, day: null, etaMs: null });
    });
  }
  deps.failpoint('replay.after-read');
}
