/** What the subcommands of `impact query` share. */
import { Option } from 'commander';
import { type Scope, scopeOf } from '../query/scope.ts';
import type { Context } from './context.ts';
import { type Column, type Format, formats, type Row, renderRows } from './render.ts';
import { type System, withSystem } from './system.ts';

export type Common = { tenant?: string; output: Format };

/** `below` stands under a table, for people; programs get the rows alone. */
export type Answer = { rows: Row[]; columns?: Column[]; below?: string };

/** Runs one question and prints its rows. */
export async function answer(context: Context, common: Common, question: (system: System, scope: Scope) => Promise<Answer>): Promise<void> {
  const scope = scopeOf(common.tenant ?? null);
  const {
    rows,
    columns,
    below = '',
  } = await withSystem(
    () => context.open(context.config()),
    (system) => question(system, scope),
  );
  const under = common.output === 'table' && below !== '' ? `\n${below}\n` : '';
  context.out(`${renderRows(rows, common.output, columns)}\n${under}`);
}

export const outputOption = (): Option => new Option('--output <format>', 'how to print').choices(formats).default('table');
export const tenantOption = (): Option => new Option('--tenant <id>', 'this tenant only');
