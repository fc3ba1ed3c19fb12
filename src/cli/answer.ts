/** What the subcommands of `impact query` share. */
import { Option } from 'commander';
import { type Scope, scopeOf } from '../query/scope.ts';
import type { Context } from './context.ts';
import type { Column, Format, Row } from './render.ts';
import { sayRows } from './said.ts';
import { type System, withSystem } from './system.ts';

export type Common = { tenant?: string; output: Format };

/** `below` stands under a table, for people; programs get the rows alone. */
export type Answer = { rows: Row[]; columns?: Column[]; below?: string };

/** Runs one question and prints its rows. */
export async function answer(context: Context, common: Common, question: (system: System, scope: Scope) => Promise<Answer>): Promise<void> {
  const scope = scopeOf(common.tenant ?? null);
  const { rows, columns, below = '' } = await withSystem(context, (system) => question(system, scope));
  sayRows(context, rows, common.output, columns);
  if (common.output === 'table' && below !== '') context.out(`\n${below}\n`);
}

export const tenantOption = (): Option => new Option('--tenant <id>', 'this tenant only');
