/** `impact emit`: events from a file, or generated. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { counted } from '../domain/counted.ts';
import { ImpactError } from '../domain/errors.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../domain/event.ts';
import { eventsOfFile, type FileFaults, readCsv, readJsonLines } from '../domain/eventfile.ts';
import { ordinary } from '../domain/generate/scenario.ts';
import { parseDuration, parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { emitLive } from './live.ts';
import { withProgress } from './progress.ts';
import { type Said, saidOption, say } from './said.ts';
import { createSender, sendAll } from './send.ts';
import { loadShapes } from './shapes.ts';
import { withSystem } from './system.ts';

type EmitOptions = {
  kind?: EventKind;
  format?: 'jsonl' | 'csv';
  generate?: number;
  for?: number;
  seed: number;
  dryRun?: true;
  output: Said;
};

const FAULTS_SHOWN = 20;

/** The same record always gets the same id, so a file that is sent twice counts once. Identical records are told apart by their number. */
function idMaker(): (text: string) => string {
  const seen = new Map<string, number>();
  return (text) => {
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    const hex = createHash('sha256').update(`${count}|${text}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}

function refuse(file: string, faults: readonly FileFaults[]): never {
  const problems = faults.slice(0, FAULTS_SHOWN).map(({ line, problem }) => ({ ...problem, field: `line ${line}, ${problem.field}` }));
  const more = faults.length > FAULTS_SHOWN ? `, of which the first ${FAULTS_SHOWN} are listed` : '';
  throw new ImpactError('unprocessable', `${file} has ${counted(faults.length, 'fault')}${more}; nothing was sent`, { problems });
}

/** Larger files would not fit into one text, which is what is judged as a whole. */
const MOST_BYTES = 500_000_000;

function textOf(file: string): string {
  const source = file === '-' ? 0 : file;
  try {
    if (source === 0 || statSync(source).size <= MOST_BYTES) return readFileSync(source, 'utf8');
  } catch (cause) {
    throw new ImpactError('not_found', `${file} cannot be read`, { cause });
  }
  throw new ImpactError(
    'payload_too_large',
    `${file} is larger than 500 MB: split it at ends of lines, and send the parts one after the other`,
  );
}

/**
 * The events of a file; "-" is standard input.
 * @throws ImpactError `unprocessable` with every fault and its line; `not_found` when there is no such file
 */
function readEventFile(context: Context, file: string, options: EmitOptions): FeatureEvent[] {
  const text = textOf(file);
  const format = options.format ?? (file.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl');
  const limits = { now: context.now(), maxFutureMs: context.config().maxFutureMs };
  const shapes = loadShapes();
  const records = format === 'csv' ? readCsv(text, shapes) : readJsonLines(text);
  const read = eventsOfFile(records, { limits, shapes, kind: options.kind ?? null, idOf: idMaker() });
  if (read.faults.length > 0) refuse(file, read.faults);
  return read.events;
}

async function emitFile(context: Context, file: string, options: EmitOptions): Promise<void> {
  // The whole file is read and judged before the first event leaves: half a file is worse than none.
  const events = readEventFile(context, file, options);
  const valid = events.length;
  if (options.dryRun)
    return say(context, options.output, `${counted(valid, 'valid event')}; nothing was sent (--dry-run)`, { valid, sent: 0 });
  await withSystem(context, async (system) => {
    const sender = await createSender(system);
    let sent = 0;
    await withProgress(context, `sending ${file === '-' ? 'standard input' : file}`, (progress) =>
      sendAll(sender, events, (batch) => {
        sent += batch.length;
        progress.update(`${sent} of ${events.length}`);
      }),
    );
  });
  say(context, options.output, `${counted(valid, 'event')} acknowledged by Kafka`, { valid, sent: valid });
}

async function emitGenerated(context: Context, rate: number, options: EmitOptions): Promise<void> {
  const from = context.now();
  const until = options.for === undefined ? null : from + options.for;
  const scenario = { ...ordinary, seed: options.seed, extraPerSecond: rate };
  let sent = 0;
  await withSystem(context, async (system) => {
    const sender = await createSender(system);
    const label = `emitting ${rate} events/s${until === null ? ' until Ctrl-C' : ''}`;
    await withProgress(context, label, (progress) => {
      const onSent = (batch: readonly FeatureEvent[]): void => {
        sent += batch.length;
        progress.update(`${sent} sent`);
      };
      return emitLive(sender, { scenario, from, until, signal: context.signal, now: context.now, onSent });
    });
  });
  const seconds = Math.max(0.001, (context.now() - from) / 1000);
  const pace = `in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)}/s)`;
  say(context, options.output, `${counted(sent, 'event')} acknowledged by Kafka ${pace}`, { valid: sent, sent, seconds });
}

function emit(context: Context, command: Command, file: string | undefined, options: EmitOptions): Promise<void> {
  if (options.generate !== undefined && file === undefined) return emitGenerated(context, options.generate, options);
  if (file !== undefined && options.generate === undefined) return emitFile(context, file, options);
  command.error('error: name a file of events, or use --generate <rate>, and not both', { exitCode: 2 });
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !(rate > 0 && rate <= 100_000))
    throw new InvalidArgumentError('Expected events a second, above 0 and up to 100000.');
  return rate;
}

/** Reads or generates events and sends them. */
export function emitCommand(context: Context): Command {
  const command = new Command('emit')
    .description('send events: from a file (every line is checked before any is sent), or generated')
    .argument('[file]', 'JSON lines or CSV; "-" reads standard input')
    .addOption(new Option('--kind <kind>', 'the kind of events whose lines do not name one').choices(eventKinds))
    .addOption(new Option('--format <format>', 'without this, by the ending of the name').choices(['jsonl', 'csv']))
    .option('--generate <rate>', 'generate this many events a second, event time now', parseRate)
    .option('--for <duration>', 'generate for this long; without this until Ctrl-C', parseDuration)
    .option('--seed <number>', 'another world of generated events', parseWhole(0, 2 ** 31), 1)
    .option('--dry-run', 'check a file and send nothing')
    .addOption(saidOption())
    .action((file: string | undefined, options: EmitOptions) => emit(context, command, file, options));
  return withExamples(
    command,
    ['emit events.jsonl', '{"kind":"lead-intelligence","tenantId":…} on each line'],
    ['emit leads.csv --kind lead-intelligence', 'the first line names the fields'],
    ['emit leads.csv --kind lead-intelligence --dry-run', 'only check it'],
    ['emit --generate 500 --for 60s', 'realistic traffic, now'],
  );
}
