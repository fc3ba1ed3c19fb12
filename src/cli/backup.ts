/** `impact backup`: everything that cannot be derived, in a folder, and back. */
import { Argument, Command, Option } from 'commander';
import type { BackupFile, BackupManifest } from '../domain/backup.ts';
import { openSecrets } from '../query/webhooks.ts';
import { parseWhole } from './argument.ts';
import { createBackup } from './backup-create.ts';
import { type Restored, restoreBackup, verifyBackup } from './backup-restore.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { whole } from './money.ts';
import { programVersion } from './program-version.ts';
import { withProgress } from './progress.ts';
import { toldLines } from './restore-told.ts';
import { type Said, saidOption, say, sayJson, sayRows } from './said.ts';
import { withSystem } from './system.ts';

type Output = { output: 'table' | 'json' };

const total = (files: readonly BackupFile[], of: (file: BackupFile) => number): number => files.reduce((sum, file) => sum + of(file), 0);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 19).concat('Z');

async function create(context: Context, folder: string, { keep, output }: { keep?: number; output: Said }): Promise<void> {
  const made = await withSystem(context, async (system) => {
    const backup = await withProgress(context, 'backing up', (progress) =>
      createBackup(system, folder, { now: context.now, signal: context.signal, program: programVersion(), onProgress: progress.update }),
    );
    const removed = keep === undefined ? [] : await system.backups.files.prune(folder, system.config.namespace, keep);
    return { ...backup, removed, clear: await openSecrets(system.postgres) };
  });
  const { path, manifest, removed, clear } = made;
  const { files } = manifest;
  const size = `${files.length} files, ${whole(total(files, ({ rows }) => rows))} rows, ${megabytes(total(files, ({ bytes }) => bytes))}`;
  const gone = removed.length > 0 ? `\nremoved: ${removed.join(', ')}` : '';
  say(context, output, `${path}: ${size}${gone}`, { path, ...summary(manifest), removed });
  if (clear > 0)
    context.err(
      `warning: ${clear} secrets of webhooks are in it for everybody to read who reads it; set SECRETS_KEY and run \`impact migrate\`\n`,
    );
}

function restoredText({ rows, rebuiltDays, rewound, changedSchemas, told }: Restored): string {
  const lines = [`${whole(rows)} rows restored`];
  if (rebuiltDays.length > 0) lines.push(`rebuilt because events came while it was made: ${rebuiltDays.join(', ')}`);
  if (rewound.length > 0) lines.push(`${rewound.length} partitions are read again from the moment of the backup`);
  if (changedSchemas.length > 0)
    lines.push(
      `the registry has other schemas under ${changedSchemas.join(', ')}: restore its own database before records in Kafka are read (docs/operating.md)`,
    );
  lines.push(...toldLines(told));
  return lines.join('\n');
}

async function restore(context: Context, path: string, { force, output }: { force?: true; output: Said }): Promise<void> {
  const config = context.config();
  const restored = await withProgress(context, 'restoring', async (progress) => {
    await context.prepare(config, progress.update);
    const restoring = { force: force ?? false, now: context.now, signal: context.signal, onProgress: progress.update };
    return withSystem(context, (system) => restoreBackup(system, path, restoring), config);
  });
  say(context, output, restoredText(restored), restored);
}

const summary = ({ id, cutAt, files, program, kafka }: BackupManifest) => ({
  backup: id,
  holds_all_until: iso(cutAt),
  files: files.length,
  rows: total(files, ({ rows }) => rows),
  bytes: total(files, ({ bytes }) => bytes),
  version: program,
  offsets: kafka?.offsets.length ?? 0,
});

async function verify(context: Context, path: string, { output }: Output): Promise<void> {
  const manifest = await withSystem(context, (system) =>
    withProgress(context, 'verifying', (progress) => verifyBackup(system, path, progress.update)),
  );
  if (output === 'json') return sayJson(context, { ok: true, ...summary(manifest) });
  context.out(
    `${path} is whole: ${manifest.files.length} files, ${megabytes(total(manifest.files, ({ bytes }) => bytes))}, all until ${iso(manifest.cutAt)}\n`,
  );
}

async function list(context: Context, folder: string, { output }: Output): Promise<void> {
  const { backups, unfinished } = await withSystem(context, ({ backups: { files } }) => files.list(folder));
  sayRows(
    context,
    backups.map(({ manifest }) => summary(manifest)),
    output,
  );
  if (unfinished.length > 0 && output === 'table') context.err(`not finished: ${unfinished.join(', ')}\n`);
}

const printed = (command: Command): Command =>
  command.addOption(new Option('--output <format>', 'how to print').choices(['table', 'json']).default('table'));

function createCommand(context: Context): Command {
  const command = new Command('create')
    .description('write Postgres, ClickHouse, the flags and the schemas into a new folder, while everything goes on')
    .addArgument(new Argument('<dir>', 'where backups are kept; the new one gets a name with its time'))
    .addOption(new Option('--keep <n>', 'afterwards remove all but so many of this installation').argParser(parseWhole(1, 10_000)))
    .addOption(saidOption())
    .action((folder: string, options: { keep?: number; output: Said }) => create(context, folder, options));
  return withExamples(
    command,
    ['backup create backups', 'one more'],
    ['backup create backups --keep 14', 'every night, from a timer: two weeks of them'],
  );
}

function restoreCommand(context: Context): Command {
  const command = new Command('restore')
    .description('put a backup into an empty installation, whose stages are stopped; every byte is checked first')
    .addArgument(new Argument('<backup>', 'folder of one backup'))
    .option('--force', 'put it in the place of what this installation holds')
    .addOption(saidOption())
    .action((path: string, options: { force?: true; output: Said }) => restore(context, path, options));
  return withExamples(
    command,
    ['backup restore backups/impact-20260111T020000Z', 'into a new installation'],
    ['backup restore backups/impact-20260111T020000Z --force', 'in the place of what is there'],
  );
}

function verifyCommand(context: Context): Command {
  const command = printed(
    new Command('verify')
      .description('check every byte of a backup without restoring it; exit status 1 on any fault')
      .addArgument(new Argument('<backup>', 'folder of one backup')),
  ).action((path: string, options: Output) => verify(context, path, options));
  return withExamples(command, ['backup verify backups/impact-20260111T020000Z', 'after copying it elsewhere']);
}

function listCommand(context: Context): Command {
  const command = printed(
    new Command('list').description('the backups in a folder').addArgument(new Argument('<dir>', 'where backups are kept')),
  ).action((folder: string, options: Output) => list(context, folder, options));
  return withExamples(command, ['backup list backups', 'when each was made, and how large it is']);
}

/** The command with its four subcommands. */
export function backupCommand(context: Context): Command {
  const command = new Command('backup').description('save everything that cannot be derived, and put it back');
  for (const make of [createCommand, restoreCommand, verifyCommand, listCommand]) command.addCommand(make(context));
  return withExamples(
    command,
    ['backup create backups', 'make one'],
    ['backup restore backups/impact-20260111T020000Z', 'put it into an empty installation'],
  );
}
