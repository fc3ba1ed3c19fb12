/** `impact silences`: alerts that nobody is to be told of for a while. */
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type Severity, severities } from '../domain/rule.ts';
import { scopeOf } from '../query/scope.ts';
import { createSilence, endSilence, listSilences, type StoredSilence } from '../query/silences.ts';
import { parseDuration } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption, say, sayRows } from './said.ts';
import { withSystem } from './system.ts';

type AddOptions = { for: number; reason: string; rule?: string; tenant?: string; feature?: string; severity?: Severity; output: Said };
const everyone = scopeOf(null);
const LISTED = 1_000;

const minutes = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const rowOf = ({
  id,
  rule,
  severity,
  tenantId,
  featureId,
  startsAt,
  endsAt,
  createdBy,
  reason,
}: StoredSilence): Record<string, unknown> => ({
  id,
  rule: rule ?? '(any)',
  severity: severity ?? '(any)',
  tenant: tenantId ?? '(any)',
  feature: featureId ?? '(any)',
  from: minutes(startsAt),
  until: minutes(endsAt),
  by: createdBy,
  reason,
});

async function list(context: Context, format: Format): Promise<void> {
  const silences = await withSystem(context, ({ postgres }) => listSilences(postgres, everyone, context.now(), LISTED));
  sayRows(context, format === 'json' ? silences : silences.map(rowOf), format);
}

async function add(context: Context, options: AddOptions): Promise<void> {
  const startsAt = context.now();
  const { rule = null, severity = null, reason } = options;
  const about = { rule, severity, tenantId: options.tenant ?? null, featureId: options.feature ?? null };
  const wanted = { ...about, startsAt, endsAt: startsAt + options.for, createdBy: userInfo().username, reason };
  const made = await withSystem(context, ({ postgres }) => createSilence(postgres, wanted));
  say(context, options.output, `${made.id}`, made);
  context.err(`Silent until ${minutes(made.endsAt)} UTC.\n`);
}

async function end(context: Context, id: string, output: Said): Promise<void> {
  const ended = await withSystem(context, ({ postgres }) =>
    postgres.transaction((tx) => endSilence(tx, id, everyone, userInfo().username, context.now())),
  );
  if (ended === null) throw new ImpactError('not_found', `there is no silence ${id}; \`impact silences list\` shows the ids`);
  say(context, output, `ended ${id}`, ended);
}

/** The command with its subcommands. */
export function silencesCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('silences that have not ended')
    .addOption(outputOption())
    .action(({ output }: { output: Format }) => list(context, output));
  const addCommand = new Command('add')
    .description('tell nobody of alerts that match; what is left out matches everything')
    .addOption(new Option('--for <duration>', 'how long, for example 2h').argParser(parseDuration).makeOptionMandatory())
    .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
    .option('--rule <id>', 'alerts of this rule')
    .option('--tenant <id>', 'alerts about this tenant')
    .option('--feature <id>', 'alerts about this feature')
    .addOption(new Option('--severity <severity>', 'alerts of this severity').choices(severities))
    .addOption(saidOption())
    .action((options: AddOptions) => add(context, options));
  const endCommand = new Command('end')
    .description('end a silence now; what fires is told')
    .argument('<id>', 'as `silences list` shows it')
    .addOption(saidOption())
    .action((id: string, { output }: { output: Said }) => end(context, id, output));
  const command = new Command('silences').description('alerts that nobody is told of for a while');
  command.addCommand(withExamples(listCommand, ['silences list', 'what is silent']));
  command.addCommand(withExamples(addCommand, ['silences add --rule error-rate --for 2h --reason "database is moved"', 'two quiet hours']));
  command.addCommand(withExamples(endCommand, ['silences end 0f8fad5b-d9cb-469f-a165-70867728950e', 'loud again']));
  return withExamples(command, ['silences list', 'what is silent']);
}
