/** How `impact flags` changes flags. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { ImpactError } from '../domain/errors.ts';
import { type Assignment, definitionFrom, fieldNames, withAssignments } from '../domain/flags/assign.ts';
import type { Author } from '../domain/flags/change.ts';
import { firstFlags } from '../domain/flags/first-flags.ts';
import { definitionOf, type Flag, flagDocument } from '../domain/flags/flag.ts';
import { parseFlagFile } from '../domain/flags/flag-file.ts';
import { addMissing, type ImportOutcome, importFlags } from '../query/flags/import.ts';
import type { FlagStore } from '../query/flags/store.ts';
import type { Context } from './context.ts';
import type { Format } from './render.ts';
import { type Said, say, sayRows } from './said.ts';
import { withSystem } from './system.ts';

/** `ifVersion`: the version that the change is based on, where the caller cares. */
export type ChangeOptions = { reason: string; ifVersion?: number; output: Said };

const author = ({ reason }: { reason: string }): Author => ({ by: userInfo().username, reason });

const how = { '=': 'to', '+=': 'add', '-=': 'remove' } as const;

/** "stage=ga", "tenantWhitelist+=acme", "variants=[{name: a, value: 1}]": the value is YAML, and so JSON. */
export function parseAssignment(text: string, others: readonly Assignment[] = []): Assignment[] {
  const [, field = '', sign = '=', value = ''] = /^(\w+)(\+=|-=|=)(.*)$/s.exec(text) ?? [];
  if (!fieldNames.includes(field))
    throw new InvalidArgumentError(
      `Expected field=value, field+=value or field-=value, where the field is one of ${fieldNames.join(', ')}.`,
    );
  try {
    return [...others, { field, how: how[sign as keyof typeof how], value: parse(value) as unknown }];
  } catch {
    throw new InvalidArgumentError(`The value of ${field} is not YAML.`);
  }
}

/** Changes, and waits until the change is recorded and told; where that is not possible now, says so. */
async function changing<T>(context: Context, work: (flags: FlagStore) => Promise<T>): Promise<T> {
  return withSystem(context, async ({ flags }) => {
    const result = await work(flags);
    await flags.flush().catch((error: Error) => {
      context.err(`The change is in force. Its audit or its message waits: ${error.message}\n`);
    });
    return result;
  });
}

const sayFlag = (context: Context, flag: Flag, output: Said): void =>
  say(context, output, `${flag.id}: ${flag.stage}${flag.archived ? ', archived' : ''}, version ${flag.version}`, flagDocument(flag));

export async function createOne(context: Context, id: string, assignments: readonly Assignment[], options: ChangeOptions): Promise<void> {
  const definition = definitionFrom(id, assignments);
  sayFlag(context, await changing(context, (flags) => flags.create(definition, author(options))), options.output);
}

export async function changeOne(context: Context, id: string, assignments: readonly Assignment[], options: ChangeOptions): Promise<void> {
  const edit = (flag: Flag) => withAssignments(definitionOf(flag), assignments);
  sayFlag(context, await changing(context, (flags) => flags.update(id, edit, options.ifVersion ?? null, author(options))), options.output);
}

export async function archiveOne(context: Context, id: string, archived: boolean, options: ChangeOptions): Promise<void> {
  sayFlag(
    context,
    await changing(context, (flags) => flags.setArchived(id, archived, options.ifVersion ?? null, author(options))),
    options.output,
  );
}

export async function deleteOne(context: Context, id: string, options: ChangeOptions): Promise<void> {
  await changing(context, (flags) => flags.remove(id, options.ifVersion ?? null, author(options)));
  say(context, options.output, `${id}: deleted; its history stays`, { id, deleted: true });
}

function report(context: Context, outcome: ImportOutcome, output: Format): void {
  const rows = Object.entries(outcome).map(([flag, happened]) => ({ flag, happened }));
  sayRows(context, rows, output);
}

/** @throws ImpactError `unprocessable` with every fault of every flag; nothing is changed then */
export async function importFile(context: Context, file: string, options: { reason: string; output: Format }): Promise<void> {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ImpactError('unprocessable', `${file} cannot be read as YAML or JSON`, { cause });
  }
  const parsed = parseFlagFile(document);
  if (!parsed.ok) throw new ImpactError('unprocessable', `${file} has faults; no flag was changed`, { problems: parsed.problems });
  report(context, await changing(context, (flags) => importFlags(flags, parsed.definitions, author(options))), options.output);
}

export async function addFirstFlags(context: Context, options: { reason: string; output: Format }): Promise<void> {
  report(context, await changing(context, (flags) => addMissing(flags, firstFlags, author(options))), options.output);
}
