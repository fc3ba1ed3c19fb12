/** The examples at the end of every help page. */
import type { Command } from 'commander';

/** A command line as one would type it after "impact", and what it is good for. */
export type Example = readonly [line: string, purpose: string];

/** Adds examples to a command's help, one line each, purposes aligned. */
export function withExamples<C extends Command>(command: C, ...examples: Example[]): C {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) => `  $ impact ${line.padEnd(width)}  # ${purpose}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  return command;
}
