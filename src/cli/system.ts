/** What commands need of the outside systems. `main.ts` provides it; it is loaded only when a command opens it, so that help is instant. */
import type { ReplayOptions, ReplayProgress, ReplayResult } from '../../streams/replay.ts';
import type { ClickHouse } from '../adapters/clickhouse.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Outcome } from '../domain/notify/send.ts';
import type { Adapters } from '../main/adapters.ts';
import type { Resumed } from '../query/notify/restore.ts';
import type { Channel } from '../query/outbox.ts';
import type { Rows } from '../query/statement.ts';
import type { Context } from './context.ts';

/** Of the process's adapters, those that commands use. */
type Used = Pick<
  Adapters,
  | 'config'
  | 'postgres'
  | 'registry'
  | 'flags'
  | 'rollouts'
  | 'producer'
  | 'readTopic'
  | 'archives'
  | 'backups'
  | 'exports'
  | 'printPdf'
  | 'readRuleFile'
  | 'close'
>;

export type System = Used & {
  clickhouse: Rows & Pick<ClickHouse, 'queryBytes' | 'command' | 'commandEverywhere' | 'commandFrom' | 'insertRows'>;
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
