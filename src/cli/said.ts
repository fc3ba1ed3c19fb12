/** What commands print on standard output: sentences and tables for people, documents and rows for programs. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import type { Context } from './context.ts';
import { type Column, type Format, formats, jsonText, type Row, renderRows } from './render.ts';

export type Said = 'text' | 'json';

export const saidOption = (text = 'how to print'): Option =>
  new Option('--output <format>', text).choices(['text', 'json']).default('text');

export const outputOption = (): Option => new Option('--output <format>', 'how to print').choices(formats).default('table');

/** Prints a document for programs. */
export const sayJson = (context: Context, document: unknown): void => context.out(`${jsonText(document)}\n`);

/** Prints one of the two on standard output. */
export const say = (context: Context, output: Said, sentence: string, result: object): void =>
  output === 'json' ? sayJson(context, result) : context.out(`${sentence}\n`);

/** Prints rows; a table fits the terminal. `columns`: as `renderRows` has them. */
export const sayRows = (context: Context, rows: readonly Row[], format: Format, columns?: readonly Column[]): void =>
  context.out(`${renderRows(rows, format, columns, context.columns)}\n`);

/** A document that can be imported again: YAML for people who edit it, JSON for programs. */
export const sayDocument = (context: Context, asJson: boolean, document: object): void =>
  asJson ? sayJson(context, document) : context.out(stringify(document));
