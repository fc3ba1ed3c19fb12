/** `impact check`: the configuration and every connection, and how to mend what is wrong. */
import { Command } from 'commander';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { ImpactError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure, Unsuccessful } from './failure.ts';
import { withinLimit } from './limit.ts';
import { mendOf, protectionOf } from './mends.ts';
import { type Said, saidOption, sayJson } from './said.ts';
import { type System, withSystem } from './system.ts';

/** What one look at one component found. `mend` says what to do about a fault. */
type Finding = { what: string; ok: boolean; seen: string; mend?: string };

const missing: Record<string, string> = {
  topics: 'create them with `npx impact migrate`',
  tables: 'create them with `npx impact migrate`',
  schema: 'create it with `npx impact migrate`',
};

/** OpenSSL's own words for a fault, less the place in its sources; and without advice that is not the one to follow here. */
const plainly = (said: string): string =>
  said
    .replaceAll(/(write EPROTO )?[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]*):.*\n?/g, '$2')
    .replaceAll(/; if the root CA is installed locally, try running Node\.js with --use-system-ca/g, '')
    .trim();

async function look(what: string, probe: () => Promise<string>, config: Config): Promise<Finding> {
  try {
    return { what, ok: true, seen: `${await withinLimit(probe())}${protectionOf(what, config)}` };
  } catch (error) {
    const said = describeFailure(error, { debug: false, colour: false }).replace(/^error: /, '');
    const mend = missing[what] ?? mendOf(what, said, config);
    const seen = plainly(said).replaceAll('\n', ';');
    return { what, ok: false, seen, ...(mend === undefined ? {} : { mend }) };
  }
}

/** What is looked at only where something else answers: its fault would only repeat the other one. */
const behind: Record<string, string> = { topics: 'kafka', tables: 'clickhouse', schema: 'postgres' };

async function findings({ probes }: System, config: Config): Promise<Finding[]> {
  const found: Finding[] = [];
  const lookAt = async (chosen: (what: string) => boolean): Promise<void> => {
    const looks = Object.entries(probes).map(([what, probe]) => (chosen(what) ? look(what, probe, config) : []));
    found.push(...(await Promise.all(looks)).flat());
  };
  await lookAt((what) => behind[what] === undefined);
  const failed = new Set(found.filter(({ ok }) => !ok).map(({ what }) => what));
  await lookAt((what) => behind[what] !== undefined && !failed.has(behind[what]));
  const order = Object.keys(probes);
  return found.sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

function show(context: Context, found: readonly Finding[]): void {
  const colours = pc.createColors(context.terminal);
  for (const { what, ok, seen, mend } of found) {
    context.out(`${ok ? colours.green('✓') : colours.red('✗')} ${what.padEnd(14)} ${seen}\n`);
    if (mend !== undefined) context.out(`${' '.repeat(17)}${colours.dim('→')} ${mend}\n`);
  }
}

const faultsOf = (error: ImpactError): Finding[] =>
  error.problems.map(({ field, value, expected }) => ({
    what: 'configuration',
    ok: false,
    // What stands for a value that is not shown is no value.
    seen: /^\(.*\)$/.test(value) ? `${field} ${value}` : `${field} is ${JSON.stringify(value)}`,
    mend: `expected ${expected}`,
  }));

async function allFindings(context: Context): Promise<Finding[]> {
  let config: Config;
  try {
    config = context.config();
  } catch (error) {
    if (error instanceof ImpactError && error.problems.length > 0) return faultsOf(error);
    throw error;
  }
  const valid: Finding = { what: 'configuration', ok: true, seen: 'every setting is valid' };
  return [valid, ...(await withSystem(context, (system) => findings(system, config), config))];
}

async function check(context: Context, output: Said): Promise<void> {
  const found = await allFindings(context);
  const faults = found.filter(({ ok }) => !ok).length;
  if (output === 'json') sayJson(context, { ok: faults === 0, findings: found });
  else show(context, found);
  if (faults > 0) throw new Unsuccessful(`${faults} of ${found.length} checks failed`);
}

/** Looks at everything and exits with 1 when anything is wrong. */
export function checkCommand(context: Context): Command {
  const command = new Command('check')
    .description('validate the configuration and try every connection; says how to mend each fault; exit status 1 on any')
    .addOption(saidOption())
    .action(({ output }: { output: Said }) => check(context, output));
  return withExamples(command, ['check', 'before a deploy'], ['check --output json', 'for a script']);
}
