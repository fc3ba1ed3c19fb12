/** What a command that does something says of it: a sentence for people, an object for programs. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import type { Context } from './context.ts';

export type Said = 'text' | 'json';

export const saidOption = (text = 'how to print'): Option =>
  new Option('--output <format>', text).choices(['text', 'json']).default('text');

/** Prints one of the two on standard output. */
export const say = (context: Context, output: Said, sentence: string, result: object): void =>
  context.out(output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : `${sentence}\n`);

/** A document that can be imported again: YAML for people who edit it, JSON for programs. */
export const sayDocument = (context: Context, asJson: boolean, document: object): void =>
  context.out(asJson ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
