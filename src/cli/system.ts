/** What commands need of the outside systems. `main.ts` provides it; it is loaded only when a command opens it, so that help is instant. */
import type { ReplayOptions, ReplayProgress, ReplayResult } from '../../streams/replay.ts';
import type { ArchiveFiles } from '../adapters/archive-files.ts';
import type { ClickHouse } from '../adapters/clickhouse.ts';
import type { ExportFiles } from '../adapters/export-files.ts';
import type { Producer } from '../adapters/kafka/producer.ts';
import type { ReadTopic } from '../adapters/kafka/reader.ts';
import type { PrintPdf } from '../adapters/pdf.ts';
import type { Postgres } from '../adapters/postgres.ts';
import type { Registry } from '../adapters/registry.ts';
import type { Config } from '../config.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Outcome } from '../domain/notify/send.ts';
import type { Rule } from '../domain/rule.ts';
import type { BackupAdapters } from '../main/adapters.ts';
import type { FlagStore } from '../query/flags/store.ts';
import type { Resumed } from '../query/notify/restore.ts';
import type { Channel } from '../query/outbox.ts';
import type { RolloutStore } from '../query/rollouts/store.ts';
import type { Rows } from '../query/statement.ts';
import type { Context } from './context.ts';

export type System = {
  config: Config;
  clickhouse: Rows & Pick<ClickHouse, 'queryBytes' | 'command' | 'commandEverywhere' | 'commandFrom' | 'insertRows'>;
  postgres: Postgres;
  registry: Registry;
  /** Where flags are changed. */
  flags: FlagStore;
  /** Where rollouts are planned and led. */
  rollouts: RolloutStore;
  /** A connected producer; the same one at every call. */
  producer(): Promise<Producer>;
  /** Reads a topic without joining any stage's group. */
  readTopic: ReadTopic;
  /** Archives of raw events on disk. */
  archives: ArchiveFiles;
  backups: BackupAdapters;
  /** Files of an export. */
  exports: ExportFiles;
  /** A page of HTML as PDF. @throws ImpactError `unavailable` without a browser */
  printPdf: PrintPdf;
  /** The rules in a YAML file. @throws ImpactError `unprocessable` with every fault of every rule */
  readRuleFile(file: string): Rule[];
  /** Runs a replay or resumes an interrupted one; `signal` ends it between two statements. */
  replay(options: ReplayOptions, onProgress: (progress: ReplayProgress) => void, signal: AbortSignal): Promise<ReplayResult>;
  /** Postgres was set back to a backup of this moment (ms since 1970): takes in what came since, and lets people be told of it once. */
  resumeNotify(cutAt: number): Promise<Resumed>;
  /** Answers the id of the replay that was given up; null when none was unfinished. */
  cancelReplay(): Promise<string | null>;
  /** Who is told of what. @throws ImpactError `unprocessable` with every fault of the routing file */
  routing(): Promise<Routing>;
  /** Sends one harmless message to one receiver now. */
  tryReceiver(channel: Channel, target: string): Promise<Outcome>;
  /** One look at one thing each, by its name: what was seen, or why it failed. */
  probes: Readonly<Record<string, () => Promise<string>>>;
  close(): Promise<void>;
};

/** Opens the system that the configuration names, runs `work`, and closes the system whatever happens. */
export async function withSystem<T>(context: Context, work: (system: System) => Promise<T>, config = context.config()): Promise<T> {
  const system = await context.open(config);
  try {
    return await work(system);
  } finally {
    await system.close();
  }
}
