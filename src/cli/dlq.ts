/** `impact dlq`: what could not be used, why, and another try once the cause is mended. */
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { deadLetterReasons } from '../domain/event.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { hexdump } from './hexdump.ts';
import { addToGroups, type Choice, eachLetter, type Group, kindOfTopic, type Letter } from './letters.ts';
import { withProgress } from './progress.ts';
import { countLetters, sendableLetters, sendLetters } from './redrive.ts';
import { type Format, jsonText } from './render.ts';
import { outputOption, type Said, saidOption, say, sayJson, sayRows } from './said.ts';
import { type System, withSystem } from './system.ts';

type ReplayOptions = Choice & { dryRun?: true; output: Said };

const LIST_LIMIT = 1_000;

async function list(context: Context, options: Choice & { each?: true; output: Format }): Promise<void> {
  const groups = new Map<string, Group>();
  const rows: Record<string, unknown>[] = [];
  await withSystem(context, (system) =>
    eachLetter(system, options, (letter) => {
      addToGroups(groups, letter);
      const { id, at, reason, topic, attempt, field, message } = letter;
      if (rows.length < LIST_LIMIT) rows.push({ id, at: new Date(at).toISOString(), reason, topic, attempt, field, message });
    }),
  );
  const grouped = [...groups.values()].sort((a, b) => b.count - a.count);
  sayRows(context, options.each ? rows : grouped, options.output);
  const total = grouped.reduce((sum, group) => sum + group.count, 0);
  if (options.output === 'table' && options.each && total > rows.length)
    context.err(`only the first ${LIST_LIMIT} of ${total} are listed\n`);
}

/** The record where it can still be read; else why not. */
async function decoded(system: System, { topic, record }: Letter): Promise<object | string> {
  const kind = kindOfTopic(system.config.namespace, topic);
  if (kind === null) return '(from a topic that is none of ours)';
  const decoder = system.registry.decoder(kind);
  await decoder.prepare([record.value]);
  const result = decoder.decode(record.value);
  return result.ok ? result.record : `(cannot be decoded: ${result.fault.message})`;
}

/** One object; the bytes stand in it in base64, whatever they are. */
async function letterObject(system: System, letter: Letter): Promise<object> {
  const { record, at, ...rest } = letter;
  const [key, value] = [record.key?.toString() ?? null, record.value?.toString('base64') ?? null];
  return { ...rest, at: new Date(at).toISOString(), key, headers: record.headers, content: await decoded(system, letter), value };
}

async function printLetter(context: Context, system: System, letter: Letter): Promise<void> {
  const { record, id } = letter;
  const headers = Object.entries(record.headers).map(([header, value]) => ({ header, value }));
  context.out(`dead letter ${id}, ${new Date(letter.at).toISOString()}, key ${record.key?.toString() ?? '(none)'}\n\n`);
  sayRows(context, headers, 'table');
  const content = await decoded(system, letter);
  const shown = typeof content === 'string' ? content : jsonText(content);
  context.out(`\n${shown}\n\n${hexdump(record.value ?? Buffer.alloc(0))}\n`);
}

async function show(context: Context, id: string, output: Said): Promise<void> {
  await withSystem(context, async (system) => {
    let found: Letter | null = null;
    await eachLetter(system, { since: 0 }, (letter) => {
      if (letter.id === id) found = letter;
    });
    if (found === null) throw new ImpactError('not_found', `there is no dead letter ${id}; \`impact dlq list --each\` shows the ids`);
    if (output === 'json') sayJson(context, await letterObject(system, found));
    else await printLetter(context, system, found);
  });
}

async function replay(context: Context, options: ReplayOptions): Promise<void> {
  await withSystem(context, async (system) => {
    const letters = await sendableLetters(system, options);
    const groups = countLetters(letters);
    if (options.output === 'text') sayRows(context, groups, 'table');
    const told = { groups, letters: letters.length, sent: options.dryRun !== true };
    if (options.dryRun) return say(context, options.output, `${letters.length} would be sent again; nothing was (--dry-run)`, told);
    await withProgress(context, `sending ${letters.length} again`, () => sendLetters(system, letters));
    say(context, options.output, `${letters.length} sent again`, told);
  });
}

/** The command with its subcommands. */
export function dlqCommand(context: Context): Command {
  const since = (): Option =>
    new Option('--since <moment>', 'dead-lettered at this time or later, or this long ago')
      .argParser(parseMoment(context.now))
      .default(0, 'the beginning');
  const reason = (): Option => new Option('--reason <reason>', 'only these').choices(deadLetterReasons);
  const topic = (): Option => new Option('--topic <name>', 'only what came from this topic');
  const listCommand = new Command('list')
    .description('count the dead letters by reason and topic')
    .addOption(since())
    .addOption(reason())
    .addOption(topic())
    .option('--each', `one row for each, up to ${LIST_LIMIT}`)
    .addOption(outputOption())
    .action((options: Choice & { each?: true; output: Format }) => list(context, options));
  const showCommand = new Command('show')
    .description('everything about one dead letter: headers, content where it can be read, bytes')
    .argument('<id>', 'partition:offset, as listed')
    .addOption(saidOption())
    .action((id: string, { output }: { output: Said }) => show(context, id, output));
  const replayCommand = new Command('replay')
    .description('send dead letters to their topic again; an event that was stored meanwhile is not stored twice')
    .addOption(reason())
    .addOption(since())
    .addOption(topic())
    .option('--dry-run', 'only say what would be sent')
    .addOption(saidOption())
    .action((options: ReplayOptions) => replay(context, options));
  const command = new Command('dlq').description('dead letters: records that could not be used');
  command.addCommand(
    withExamples(listCommand, ['dlq list --since 24h', 'what went wrong today'], ['dlq list --each --reason invalid_field', 'one by one']),
  );
  command.addCommand(withExamples(showCommand, ['dlq show 0:17', 'headers, content, bytes']));
  command.addCommand(
    withExamples(
      replayCommand,
      ['dlq replay --reason unknown_schema_id --since 2h --dry-run', 'look first'],
      ['dlq replay --reason unknown_schema_id --since 2h', 'then send'],
    ),
  );
  return withExamples(
    command,
    ['dlq list', 'how many, and why'],
    ['dlq replay --reason processing_error --dry-run', 'what would be sent again'],
  );
}
