#!/usr/bin/env node
/** The `impact` command: joins the process with the program. Run it with Node 24 (`npx impact` does). */
import { loadConfig } from '../config.ts';
import { configText } from './config-text.ts';
import type { Context } from './context.ts';
import { runProgram } from './program.ts';
import { openSystem, prepareSystem, startStages } from './wiring.ts';

const args = process.argv.slice(2);

/** One Ctrl-C may arrive several times: npm passes it on to a process that the terminal has told already. */
const SAME_SIGNAL_MS = 1_500;

/** The first signal asks for an orderly end, a later one ends at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted && Date.now() - first > SAME_SIGNAL_MS) process.exit(130);
      if (!controller.signal.aborted) first = Date.now();
      controller.abort();
    });
  return controller.signal;
}

/** A command's own output is enough, save for stages, whose log is all that they say. */
function logLevel(): string {
  if (args.includes('--debug')) return 'debug';
  return args.includes('run') ? 'info' : 'error';
}

/** Somebody wants no colours, or a terminal can do nothing but print: then nothing is drawn over either. */
const isPlain = ({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean => (NO_COLOR ?? '') !== '' || TERM === 'dumb';

const signal = abortOnSignals();
const context: Context = {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  terminal: process.stdout.isTTY === true && process.stderr.isTTY === true && !isPlain(process.env),
  // Asked anew each time: windows are made wider and narrower.
  get columns() {
    return process.stdout.columns || Number.POSITIVE_INFINITY;
  },
  now: Date.now,
  signal,
  config: (overrides = {}) => loadConfig({ LOG_LEVEL: logLevel(), ...process.env, ...overrides }, configText(args, process.env)),
  open: openSystem,
  prepare: (config, onStep) => prepareSystem(config, onStep, signal),
  start: startStages,
};

// A reader such as `head` may close the pipe early: that is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await runProgram(args, context);
