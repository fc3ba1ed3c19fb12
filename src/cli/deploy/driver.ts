/** What a driver of deploys does, and the waiting that all of them share. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Config } from '../../config.ts';
import type { Environment } from '../../domain/deploy.ts';
import { ImpactError } from '../../domain/errors.ts';

/** `release` is where the new version lies: a folder, or with Kubernetes the tag of an image. */
export type DeployTarget = {
  config: Config;
  environment: Environment;
  stages: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  onProgress(text: string): void;
};

export type Driver = {
  /** The release that runs now; null: none does. */
  current(): Promise<string | null>;
  /** Makes sure that the release can be rolled, before anything is touched. */
  check(release: string): Promise<void>;
  /** Brings topics, schemas and databases up to date, with the release's own program. */
  migrate(release: string): Promise<void>;
  /** Puts the release in the place of what runs, stage by stage, each one ready before the next. */
  roll(release: string): Promise<void>;
};

const run = promisify(execFile);

/** Runs a program to its end. @throws ImpactError `unavailable` with what it said */
export async function command(
  file: string,
  args: readonly string[],
  { signal, env }: Pick<DeployTarget, 'signal' | 'env'>,
  input?: string,
): Promise<string> {
  const work = run(file, [...args], { signal, env: { ...env }, maxBuffer: 64 * 1024 * 1024 });
  if (input !== undefined) work.child.stdin?.end(input);
  try {
    return (await work).stdout;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? '').trim() || String(error);
    throw new ImpactError('unavailable', `${[file, ...args].join(' ')}: ${said.slice(-1_000)}`, { cause: error });
  }
}

const POLL_MS = 200;
const ANSWER_MS = 5_000;

async function reasonsOf(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (response.ok) return null;
    const { stages = [] } = (await response.json()) as { stages?: { name: string; reasons: string[] }[] };
    return stages.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`)).join('; ') || `answers ${response.status}`;
  } catch (error) {
    return `${url} does not answer (${(error as Error).cause ?? (error as Error).message})`;
  }
}

/**
 * Resolves when the process at this address is ready.
 * @param ended says why it never will be; null while it may
 * @throws ImpactError `unavailable` with its own reasons after the time of DEPLOY_READY_SECONDS
 */
export async function untilReady(
  what: string,
  url: string,
  { config, signal }: DeployTarget,
  ended: () => Promise<string | null>,
): Promise<void> {
  const deadline = Date.now() + config.deployReadySeconds * 1000;
  for (;;) {
    const [gone, why] = [await ended(), await reasonsOf(url)];
    if (gone !== null) throw new ImpactError('unavailable', `${what} ${gone}`);
    if (why === null) return;
    if (Date.now() > deadline) throw new ImpactError('unavailable', `${what} was not ready within ${config.deployReadySeconds} s: ${why}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
