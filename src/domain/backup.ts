/** What a backup says of itself: which files it has, what each must be, and the moment and offsets that it goes back to. */
import { ImpactError } from './errors.ts';

const components = ['postgres', 'clickhouse', 'redis', 'registry'] as const;
export type Component = (typeof components)[number];

/** Name and type as the database has them. */
export type BackupColumn = { name: string; type: string };

/** A file without its content; the content's size, rows and digest come when it has been written. */
export type BackupPart = { path: string; component: Component; table: string; columns: readonly BackupColumn[] };
export type BackupFile = BackupPart & { rows: number; bytes: number; sha256: string };

/** The next record that a stage had to read. `topic` is without its namespace. Offsets are text: they may be wider than a number. */
export type StageOffset = { stage: string; topic: string; partition: number; offset: string };
export type KafkaCut = { clusterId: string; offsets: readonly StageOffset[] };

export type BackupManifest = {
  id: string;
  namespace: string;
  /** Version of the program that wrote it. */
  program: string;
  /** Everything that had happened by then is in it, ms since 1970. */
  cutAt: number;
  finishedAt: number;
  migrations: readonly string[];
  /** Null where Kafka could not be asked. */
  kafka: KafkaCut | null;
  files: readonly BackupFile[];
};

const FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const CHECKSUMS = 'SHA256SUMS';
const UNFINISHED = '.partial';

const iso = (ms: number): string => new Date(ms).toISOString();

/** "impact-20260111T080000Z", with the namespace in front where there is one. */
export const backupId = (namespace: string, at: number): string =>
  `${namespace === '' ? 'impact' : `impact-${namespace}`}-${iso(at).replace(/\.\d+|[-:]/g, '')}`;

/** The folder's name until everything is in it. */
export const unfinishedName = (id: string): string => `${id}${UNFINISHED}`;
export const isUnfinished = (name: string): boolean => name.endsWith(UNFINISHED);
/** Whether an unfinished folder is one that an earlier backup of this namespace has left. */
export const isLeftOver = (name: string, namespace: string): boolean =>
  isUnfinished(name) &&
  name.slice(0, -UNFINISHED.length).replace(/\d{8}T\d{6}Z$/, '') === backupId(namespace, 0).replace(/\d{8}T\d{6}Z$/, '');

/** The file's name inside the backup; every character that a file name should not have becomes "_". */
export const partPath = (component: Component, table: string, partition: string | null): string =>
  `${component}/${[table, partition]
    .filter((part) => part !== null)
    .join('.')
    .replaceAll(/[^\w.-]/g, '_')}.${component === 'clickhouse' ? 'native' : 'jsonl'}.zst`;

/** The manifest as text. */
export function manifestText({ cutAt, finishedAt, ...rest }: BackupManifest): string {
  return `${JSON.stringify({ format: FORMAT, ...rest, cutAt: iso(cutAt), finishedAt: iso(finishedAt) }, null, 1)}\n`;
}

/** What `sha256sum --check` reads. */
export const checksumText = (files: readonly Pick<BackupFile, 'path' | 'sha256'>[]): string =>
  files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');

/** The digest that the text of checksums has for a file; null when it has none. */
export const checksumIn = (text: string, path: string): string | null =>
  text
    .split('\n')
    .find((line) => line.slice(66) === path)
    ?.slice(0, 64) ?? null;

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function isFile(value: unknown): value is BackupFile {
  const { path, component, table, columns, rows, bytes, sha256 } = Object(value) as Record<string, unknown>;
  const named = isText(path) && /^[a-z]+\/[\w.-]+$/.test(path) && isText(table) && (components as readonly unknown[]).includes(component);
  return named && Array.isArray(columns) && isCount(rows) && isCount(bytes) && isText(sha256) && /^[0-9a-f]{64}$/.test(sha256);
}

/**
 * @param where what the text was read from, for the message
 * @throws ImpactError `unprocessable` when it is no manifest, or one that a newer program has written
 */
export function parseManifest(text: string, where: string): BackupManifest {
  const bad = (why: string): ImpactError => new ImpactError('unprocessable', `${where} ${why}`);
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw bad('is no manifest of a backup');
  }
  const { format, id, files, migrations, ...rest } = fields;
  if (format !== FORMAT && isCount(format)) throw bad(`has the format ${format}; this program reads ${FORMAT}`);
  const [cutAt, finishedAt] = [Date.parse(String(rest['cutAt'])), Date.parse(String(rest['finishedAt']))];
  const whole = isText(id) && isText(rest['namespace']) && Array.isArray(migrations) && Array.isArray(files) && files.every(isFile);
  if (format !== FORMAT || !whole || !(cutAt <= finishedAt)) throw bad('is no manifest of a backup');
  return { ...rest, id, migrations, files, cutAt, finishedAt } as unknown as BackupManifest;
}

/** Migrations that the backup's tables have had and this program does not know: then it would not know what to do with them. */
export const unknownMigrations = ({ migrations }: BackupManifest, known: readonly string[]): string[] =>
  migrations.filter((name) => !known.includes(name));

/** The stages whose rows are in a backup's databases. What they have read since must be read again; it is stored once all the same. */
const rewound = ['store', 'record'];

/**
 * Where consumers must go back to after a restore: nowhere forward, and only in the Kafka and the namespace that the backup was made in.
 * @param now what the stages have committed by now
 */
export function rewindsFor(manifest: BackupManifest, namespace: string, now: KafkaCut | null): StageOffset[] {
  const { kafka } = manifest;
  if (kafka === null || now === null || kafka.clusterId !== now.clusterId || manifest.namespace !== namespace) return [];
  const key = ({ stage, topic, partition }: StageOffset): string => `${stage} ${topic} ${partition}`;
  const current = new Map(now.offsets.map((one) => [key(one), BigInt(one.offset)]));
  return kafka.offsets.filter((one) => rewound.includes(one.stage) && (current.get(key(one)) ?? -1n) > BigInt(one.offset));
}

/** How far the notify stage has taken a topic in. `topic` is without its namespace; `next` is the next offset. */
export type NotifyPosition = { topic: string; partition: number; next: number };

/**
 * Whose memory of what people were told an installation has after a restore. `own`: it has come as far as the records that were read, so it is
 * not set back, and nothing is told twice. `backup`: there was none, or an older one; people may have been told more than it knows.
 * `foreign`: its alerts are those of another Kafka or namespace, which nobody will ever end here.
 */
export type NotifyMemory = 'own' | 'backup' | 'foreign';

/**
 * @param now what the stages have committed by now
 * @param positions of the notify stage in the installation that is restored into, before the restore
 */
export function memoryAfter(
  manifest: Pick<BackupManifest, 'kafka' | 'namespace'>,
  namespace: string,
  now: KafkaCut,
  positions: readonly NotifyPosition[],
): NotifyMemory {
  const { kafka } = manifest;
  if (manifest.namespace !== namespace || (kafka !== null && kafka.clusterId !== now.clusterId)) return 'foreign';
  const read = now.offsets.filter(({ stage }) => stage === 'notify');
  const known = ({ topic, partition, offset }: StageOffset): boolean =>
    positions.some((one) => one.topic === topic && one.partition === partition && BigInt(one.next) >= BigInt(offset));
  return positions.length > 0 && read.every(known) ? 'own' : 'backup';
}

/** What notify and schedule remember: it stands in Postgres for as long as what was sent cannot be sent anew. */
const remembered = new Set([
  ...['notify_positions', 'notify_alerts', 'notify_groups', 'outbox', 'deliveries', 'announcements', 'business_impact_alerts'],
  ...['report_runs', 'report_sends'],
]);

/** Whether a restore leaves this table of Postgres as it is. */
export const isKept = (memory: NotifyMemory, table: string): boolean => memory === 'own' && remembered.has(table);

/** What of the rollups must stand still while they are read: which generation of each day is active. */
export type ActiveEpoch = { tenant: string; day: string; active: number };

/** Whether readers see the same generations in both. */
export const sameEpochs = (before: readonly ActiveEpoch[], after: readonly ActiveEpoch[]): boolean => {
  const text = (epochs: readonly ActiveEpoch[]): string =>
    epochs
      .map(({ tenant, day, active }) => JSON.stringify([tenant, day, active]))
      .sort()
      .join();
  return text(before) === text(after);
};

/**
 * Tables so that each comes after those that it refers to.
 * @param references [table, table that it refers to]
 * @throws ImpactError `internal` when they refer to each other in a circle
 */
export function inOrderOfReference(tables: readonly string[], references: readonly (readonly [string, string])[]): string[] {
  const placed: string[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const free = [...waiting].filter((table) => !references.some(([from, to]) => from === table && to !== table && waiting.has(to)));
    if (free.length === 0) throw new ImpactError('internal', `these tables refer to each other in a circle: ${[...waiting].join(', ')}`);
    for (const table of free) {
      placed.push(table);
      waiting.delete(table);
    }
  }
  return placed;
}

/** Of ClickHouse these are not kept: what is empty between replays, samples that say nothing about another installation, what analyses make anew. */
const fleeting = new Set([
  ...['migrations', 'replay_events', 'pipeline_lag', 'pipeline_freshness'],
  ...['experiment_builds', 'experiment_cells', 'experiment_exposures', 'experiment_units', 'experiment_values'],
]);
const rollups = ['rollup_1d', 'rollup_1h', 'rollup_1m'];

/**
 * In which order ClickHouse's tables are read. The coarse before the fine and raw events last: then nothing that is in a rollup is missing
 * among the events, so what was in motion can be made anew from them.
 */
export function readingOrder(tables: readonly string[]): { rollups: string[]; others: string[] } {
  const kept = tables.filter((table) => !fleeting.has(table)).sort();
  const others = kept.filter((table) => !rollups.includes(table) && table !== 'events' && table !== 'epochs');
  return { rollups: rollups.filter((table) => kept.includes(table)), others: [...others, ...kept.filter((table) => table === 'events')] };
}

const DAY_MS = 86_400_000;

/** Neighbouring UTC days in one range each, so that they are rebuilt together. @param days ISO dates in order; ranges are in ms, `to` exclusive */
export function rangesOf(days: readonly string[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const from of days.map((day) => Date.parse(day))) {
    const last = ranges.at(-1);
    if (last?.to === from) last.to = from + DAY_MS;
    else ranges.push({ from, to: from + DAY_MS });
  }
  return ranges;
}
