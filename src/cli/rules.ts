/** `impact rules`: the alert rules. */
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { durationText } from '../domain/duration.ts';
import { ruleDocument } from '../domain/rule.ts';
import { importRules, listRules, type StoredRule } from '../query/rules.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, sayDocument, sayRows } from './said.ts';
import { withSystem } from './system.ts';

const stored = (context: Context): Promise<StoredRule[]> => withSystem(context, ({ postgres }) => listRules(postgres));

const rowOf = ({ rule, updatedBy, updatedAt }: StoredRule): Record<string, unknown> => ({
  id: rule.id,
  version: rule.version,
  enabled: rule.enabled ? 'yes' : 'no',
  measures: `${rule.statistic} of ${rule.metric}`,
  scope: rule.scope,
  tenant: rule.tenant ?? '(everyone)',
  window: durationText(rule.windowMs),
  for: durationText(rule.forMs),
  limits: Object.entries(rule.levels)
    .map(([severity, limit]) => `${severity} ${rule.comparison} ${limit}`)
    .join(', '),
  updated: `${updatedAt.toISOString().slice(0, 16).replace('T', ' ')} by ${updatedBy}`,
});

async function list(context: Context, format: Format): Promise<void> {
  const rules = await stored(context);
  sayRows(
    context,
    format === 'json' ? rules.map(({ rule }) => ({ version: rule.version, ...ruleDocument(rule) })) : rules.map(rowOf),
    format,
  );
}

async function importFile(context: Context, file: string, reason: string, output: Format): Promise<void> {
  const change = { by: userInfo().username, reason };
  const outcome = await withSystem(context, async ({ postgres, readRuleFile }) => importRules(postgres, readRuleFile(file), change));
  sayRows(
    context,
    Object.entries(outcome).map(([rule, happened]) => ({ rule, happened })),
    output,
  );
}

async function exportAll(context: Context, output: 'yaml' | 'json'): Promise<void> {
  const document = { rules: (await stored(context)).map(({ rule }) => ruleDocument(rule)) };
  sayDocument(context, output === 'json', document);
}

/** The command with its subcommands. */
export function rulesCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('every rule')
    .addOption(outputOption())
    .action(({ output }: { output: Format }) => list(context, output));
  const importCommand = new Command('import')
    .description('create and change rules from a YAML file; all of it is checked first; rules that it does not name stay')
    .argument('<file>', 'as `rules export` prints it')
    .option('--reason <text>', 'why, for the history', 'imported on the command line')
    .addOption(outputOption())
    .action((file: string, { reason, output }: { reason: string; output: Format }) => importFile(context, file, reason, output));
  const exportCommand = new Command('export')
    .description('print every rule, to be imported again')
    .addOption(new Option('--output <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
    .action(({ output }: { output: 'yaml' | 'json' }) => exportAll(context, output));
  const command = new Command('rules').description('the alert rules: which value, which limits, for how long');
  command.addCommand(withExamples(listCommand, ['rules list', 'what is watched'], ['rules list --output json', 'for a script']));
  command.addCommand(withExamples(importCommand, ['rules import rules.yaml --reason "quieter nights"', 'takes effect within seconds']));
  command.addCommand(withExamples(exportCommand, ['rules export > rules.yaml', 'to edit and import again']));
  return withExamples(command, ['rules list', 'what is watched'], ['rules export > rules.yaml', 'take them along']);
}
