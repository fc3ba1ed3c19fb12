/** `impact check`: the configuration and every connection, and how to mend what is wrong. */
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { ImpactError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure, Unsuccessful } from './failure.ts';
import { type System, withSystem } from './system.ts';

/** What one look at one component found. `mend` says what to do about a fault. */
type Finding = { what: string; ok: boolean; seen: string; mend?: string };

const mends: Record<string, string> = {
  kafka:
    'is it running (`npx impact stack status`), and is KAFKA_BROKERS right? With TLS or SASL see KAFKA_TLS, KAFKA_SASL_MECHANISM, KAFKA_USERNAME',
  topics: 'create them with `npx impact migrate`',
  registry: 'is it running, and does SCHEMA_REGISTRY_URL include the path of the Confluent API, for example /apis/ccompat/v7?',
  clickhouse: 'is it running, and are CLICKHOUSE_URL, CLICKHOUSE_USERNAME and CLICKHOUSE_PASSWORD right?',
  tables: 'create them with `npx impact migrate`',
  postgres: 'is it running, and is DATABASE_URL right (postgresql://user:password@host:port/database)?',
  schema: 'create it with `npx impact migrate`',
  redis: 'is it running, and is REDIS_URL right (redis://host:port/0, rediss:// for TLS)?',
};

const LIMIT_MS = 10_000;

function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function look(what: string, probe: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, seen: await withinLimit(probe()) };
  } catch (error) {
    const seen = describeFailure(error, { debug: false, colour: false })
      .replace(/^error: /, '')
      .replaceAll('\n', ';');
    const mend = mends[what];
    return { what, ok: false, seen, ...(mend === undefined ? {} : { mend }) };
  }
}

/** What cannot be seen while something else does not answer: its fault would only repeat the other one. */
const behind: Record<string, string> = { topics: 'kafka', tables: 'clickhouse', schema: 'postgres' };

async function findings(system: System): Promise<Finding[]> {
  const found = await Promise.all(Object.entries(system.probes).map(([what, probe]) => look(what, probe)));
  const failed = new Set(found.filter(({ ok }) => !ok).map(({ what }) => what));
  return found.filter(({ what }) => !failed.has(behind[what] ?? ''));
}

function show(context: Context, found: readonly Finding[]): void {
  const colours = pc.createColors(context.terminal);
  for (const { what, ok, seen, mend } of found) {
    context.out(`${ok ? colours.green('✓') : colours.red('✗')} ${what.padEnd(14)} ${seen}\n`);
    if (mend !== undefined) context.out(`${' '.repeat(17)}${colours.dim('→')} ${mend}\n`);
  }
}

function configuration(context: Context): Finding[] {
  try {
    context.config();
    return [{ what: 'configuration', ok: true, seen: 'every setting is valid' }];
  } catch (error) {
    if (!(error instanceof ImpactError)) throw error;
    return error.problems.map(({ field, value, expected }) => ({
      what: 'configuration',
      ok: false,
      seen: `${field} is ${JSON.stringify(value)}`,
      mend: `expected ${expected}`,
    }));
  }
}

async function check(context: Context, output: 'text' | 'json'): Promise<void> {
  const found = configuration(context);
  if (found.every(({ ok }) => ok)) found.push(...(await withSystem(() => context.open(context.config()), findings)));
  const faults = found.filter(({ ok }) => !ok).length;
  if (output === 'json') context.out(`${JSON.stringify({ ok: faults === 0, findings: found }, null, 2)}\n`);
  else show(context, found);
  if (faults > 0) throw new Unsuccessful(`${faults} of ${found.length} checks failed`);
}

/** Looks at everything and exits with 1 when anything is wrong. */
export function checkCommand(context: Context): Command {
  const command = new Command('check')
    .description('validate the configuration and try every connection; says how to mend each fault; exit status 1 on any')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(({ output }: { output: 'text' | 'json' }) => check(context, output));
  return withExamples(command, ['check', 'before a deploy'], ['check --output json', 'for a script']);
}
