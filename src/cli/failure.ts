/** How a command's failure looks, and which exit status it gives. */
import { CommanderError } from 'commander';
import pc from 'picocolors';
import { ImpactError } from '../domain/errors.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** A result that is an answer and not a fault, but must be seen by scripts: nothing more is printed for it. */
export class Unsuccessful extends Error {}

const causesOf = (error: unknown): string[] => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? [cause.message, ...causesOf(cause)] : [];
};

/** Values come as people wrote them, or as JSON where they were part of some. */
const given = (value: string): string => (value === 'undefined' ? '(missing)' : value === '' ? '(empty)' : value);

function describeProblems(error: ImpactError): string[] {
  return error.problems.flatMap(({ field, value, expected }) => [`  ${field}: ${given(value)}`, `    expected ${expected}`]);
}

/** Several failures at once have no message of their own worth reading: theirs are. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('\n  ');
  // What waits is told by a signal to give up: that says nothing of its own.
  if (error instanceof Error && error.name === 'AbortError') return 'ended before it was done';
  const message = error instanceof Error ? error.message : String(error);
  return message || (error as { code?: string }).code || 'failed without saying why';
};

/**
 * @param debug adds stack traces
 * @returns lines for standard error
 */
export function describeFailure(error: unknown, options: { debug: boolean; colour: boolean }): string {
  const colours = pc.createColors(options.colour);
  const listed = error instanceof ImpactError && error.problems.length > 0;
  // The message of a bad configuration repeats its problems in one line; a list reads better.
  const headline = listed ? messageOf(error).split(': ')[0] : messageOf(error);
  const lines = [`${colours.red('error:')} ${headline}`];
  if (error instanceof ImpactError) lines.push(...describeProblems(error));
  const abandoned = error instanceof Error && error.name === 'AbortError';
  const causes = new Set(abandoned ? [] : causesOf(error).filter((cause) => headline?.includes(cause) !== true));
  lines.push(...[...causes].map((cause) => `  because: ${cause}`));
  if (options.debug && error instanceof Error) lines.push(colours.dim(error.stack ?? ''));
  return lines.join('\n');
}

/** What a failure's words show, and where to go on from there. */
const hints: readonly (readonly [words: RegExp, hint: string])[] = [
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH/, '`npx impact check` tries every connection and says what to do'],
  [
    /(relation|database) "[^"]+" does not exist|UNKNOWN_(TABLE|DATABASE)|does not host this topic/,
    'it has not been prepared, or not for this version: `npx impact migrate` does that',
  ],
  [
    /systemctl |spawn kubectl ENOENT/,
    'DEPLOY_DRIVER says what a deploy rolls: systemd units, Kubernetes deployments, or processes of this machine (local)',
  ],
  [/(EACCES|EPERM|EROFS): .*\.stack\b/, 'the local stack keeps its data in .stack of the checkout: use a clone that you may write'],
];

/** Where to go on from a failure that has been described; empty where its own words say it. */
export const hintOf = (described: string): string => {
  const hint = hints.find(([words]) => words.test(described))?.[1];
  return hint === undefined ? '' : `  ${hint}\n`;
};

/** 0 for help and version, 2 for a wrong command line, 1 for everything else. */
export function exitStatusOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return EXIT_FAILED;
  return error.exitCode === 0 ? 0 : EXIT_USAGE;
}
