/** What every command gets from the process that it runs in, so that a test can hand it something else. */
import type { StageName } from '../../streams/topology.ts';
import type { Config } from '../config.ts';
import type { System } from './system.ts';

/** Stages that run in this process. `url` is where they answer over HTTP. */
export type Running = { url: string | null; stop(): Promise<void> };

export type Context = {
  env: Readonly<Record<string, string | undefined>>;
  /** Results: standard output. */
  out(text: string): void;
  /** Progress, hints and errors: standard error, so that results can be piped. */
  err(text: string): void;
  /** Both streams go to a person's terminal: colour, spinners and cursor movement are welcome. */
  terminal: boolean;
  /** Width of the terminal that results go to, in columns; Infinity where they go into a file or a pipe: nothing is wrapped or cut there. */
  columns: number;
  now(): number;
  /** Aborted by Ctrl-C or SIGTERM. A command that waits ends in an orderly way when it is. */
  signal: AbortSignal;
  /** The configuration from environment and file. Throws ImpactError `bad_configuration`. */
  config(overrides?: Readonly<Record<string, string>>): Config;
  /** Opens what reaches the outside systems; nothing is connected before it is used. */
  open(config: Config): Promise<System>;
  /** Creates topics, registers schemas, migrates databases. */
  prepare(config: Config, onStep: (step: string) => void): Promise<void>;
  /** Starts stages by name. */
  start(config: Config, names: readonly StageName[], signal: AbortSignal): Promise<Running>;
};
