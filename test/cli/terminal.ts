/** A context for the command-line tests: output is kept, nothing outside is reached unless a test gives it. */
import type { Context } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config.ts';

export type Run = { status: number; out: string; err: string };

/** What a command fails with where it would have opened a connection. */
export const UNREACHABLE = 'this test reaches nothing outside';

const unreachable = (): never => {
  throw new Error(UNREACHABLE);
};

export function testContext(overrides: Partial<Context> = {}): Context & { seen: { out: string; err: string } } {
  const seen = { out: '', err: '' };
  return {
    seen,
    env: {},
    out: (text) => {
      seen.out += text;
    },
    err: (text) => {
      seen.err += text;
    },
    terminal: false,
    columns: Number.POSITIVE_INFINITY,
    now: () => Date.UTC(2026, 0, 11, 12),
    signal: new AbortController().signal,
    config: () => loadConfig({}),
    open: unreachable,
    prepare: unreachable,
    start: unreachable,
    ...overrides,
  };
}

/** Runs one command line as a person would type it, without "impact". */
export async function impact(line: string, overrides: Partial<Context> = {}): Promise<Run> {
  const context = testContext(overrides);
  const status = await runProgram(line.split(' ').filter(Boolean), context);
  return { status, ...context.seen };
}
