/** The stages of the demonstration, in two processes, so that both cores have work: what stores and answers, and what watches. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stages } from '../../../streams/topology.ts';
import { ImpactError } from '../../domain/errors.ts';
import { startGuarded, stopGuarded } from './guarded.ts';
import type { Place } from './place.ts';

const program = fileURLToPath(new URL('../launch.mjs', import.meta.url));
/** Beside the stack's own folder, which goes with the stack. */
const logsOf = (name: string): string => fileURLToPath(new URL(`../../../.stack/${name}-logs/`, import.meta.url));

const READY_MS = 60_000;
const STOP_MS = 15_000;
const LOG_LINES = 12;

export type Child = { names: readonly string[]; log: string; process: ChildProcess; ready: string };
export type Children = {
  /** Rejects when a child ends by itself. */
  lost: Promise<never>;
  /** Answers which stages had to be killed. */
  stop(): Promise<string[]>;
};

const watching = ['window', 'signals', 'alert'];
const groups = [stages.map(({ name }) => name).filter((name) => !watching.includes(name)), watching];

function start(names: readonly string[], place: Place, ready: string): Child {
  const log = join(logsOf(place.name), `${names.join('-')}.log`);
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'w');
  const env = { ...process.env, ...place.settings };
  const child = startGuarded(process.execPath, [program, 'run', ...names, '--until-input-ends'], env, file);
  closeSync(file);
  return { names, log, process: child, ready };
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n  ');
}

const lost = (child: Child, why: string): ImpactError =>
  new ImpactError('unavailable', `the process of ${child.names.join(', ')} ${why}; the end of ${child.log}:\n  ${lastLines(child.log)}`);

const isReady = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

async function untilReady(child: Child, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await isReady(child.ready))) {
    if (signal.aborted) return;
    if (child.process.exitCode !== null) throw lost(child, `ended with status ${child.process.exitCode}`);
    if (Date.now() > deadline) throw lost(child, `was not ready within ${READY_MS / 1000} s`);
    await sleep(100);
  }
}

/** Starts every stage and waits until all of them are ready. */
export async function startChildren(place: Place, signal: AbortSignal): Promise<Children> {
  const { settings, url } = place;
  const [storing = [], watchers = []] = groups;
  const all = [start(storing, place, `${url}/ready`), start(watchers, place, `http://127.0.0.1:${settings['METRICS_PORT']}/ready`)];
  let stopping = false;
  const lostOne = new Promise<never>((_, reject) => {
    for (const child of all)
      child.process.once('exit', (status, by) => {
        if (!stopping && !signal.aborted) reject(lost(child, `ended (${by ?? `status ${status}`})`));
      });
  });
  lostOne.catch(() => undefined);
  const stop = async (): Promise<string[]> => {
    stopping = true;
    const orderly = await Promise.all(all.map((child) => stopGuarded(child.process, STOP_MS)));
    return all.filter((_, index) => !orderly[index]).map((child) => child.names.join(', '));
  };
  try {
    await Promise.race([Promise.all(all.map((child) => untilReady(child, signal))), lostOne]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { lost: lostOne, stop };
}
