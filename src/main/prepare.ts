/** Prepares the outside systems: topics, schemas, tables, rules. */
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateClickHouse, missingInClickHouse } from '../adapters/clickhouse-migrate.ts';
import { ensureTopics } from '../adapters/kafka/admin.ts';
import { migratePostgres, missingInPostgres } from '../adapters/postgres.ts';
import { defaultRulesFile, readRuleFile } from '../adapters/rule-file.ts';
import { importRules, seedRules } from '../query/rules.ts';
import { sealSecrets } from '../query/webhooks.ts';
import type { Log } from '../runtime/log.ts';
import type { Adapters } from './adapters.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * Repeats a step until it succeeds: a component that is not there yet, or away for a while, is waited for and logged.
 * @param onWait told why, each time
 */
export async function waitedFor<T>(
  what: string,
  step: () => Promise<T>,
  log: Log,
  signal: AbortSignal | undefined,
  onWait: (error: unknown) => void = () => {},
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await step();
    } catch (error) {
      if (signal?.aborted) throw error;
      log.warn({ error: String(error), waitMs }, `${what}: not possible yet, trying again`);
      onWait(error);
      await sleep(waitMs, undefined, signal ? { signal } : {});
    }
  }
}

/** Migrations that the databases lack; a version of the program that is newer than they are would fail here and there. */
export const missingMigrations = {
  clickhouse: ({ clickhouse, config }: Adapters): Promise<string[]> => missingInClickHouse(clickhouse, config),
  postgres: ({ postgres }: Adapters): Promise<string[]> => missingInPostgres(postgres),
};

/** Default rules where they were never there, then those of RULES_FILE. @throws ImpactError at once when a file has faults: waiting would not mend it */
function rulesStep({ config, postgres, readRuleFile: read }: Adapters): () => Promise<void> {
  const defaults = readRuleFile(defaultRulesFile);
  const own = config.rulesFile === '' ? [] : read(config.rulesFile);
  return async () => {
    await seedRules(postgres, defaults);
    await importRules(postgres, own, { by: 'RULES_FILE', reason: 'imported at start' });
  };
}

/**
 * Creates topics, registers schemas, migrates databases, stores the alert rules, in that order. Safe to repeat and to run in several processes at once.
 * @param onStep told the name of each step as it begins
 */
export async function prepareOutside(adapters: Adapters, onStep: (step: string) => void = () => {}, signal?: AbortSignal): Promise<void> {
  const { config, logs, kafka, registry, clickhouse, postgres } = adapters;
  const log = logs('prepare');
  const steps: [string, () => Promise<unknown>][] = [
    ['topics', () => ensureTopics(kafka, config)],
    ['schemas', () => registry.registerAll(signal)],
    ['clickhouse tables', () => migrateClickHouse(clickhouse, config)],
    ['postgres tables', () => migratePostgres(postgres, config)],
    ['secrets of webhooks', () => postgres.transaction((tx) => sealSecrets(tx, config.secretsKeys))],
    ['alert rules', rulesStep(adapters)],
  ];
  for (const [what, step] of steps) {
    onStep(what);
    await waitedFor(what, step, log, signal, (error) => onStep(`${what}, as soon as possible: ${(error as Error).message}`));
  }
}
