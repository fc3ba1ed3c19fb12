import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startGuarded, stopGuarded } from '../../src/cli/demo/guarded.ts';
import { eventually } from '../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'guarded-'));
const output = join(folder, 'output');
const guarded = pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'cli', 'demo', 'guarded.ts')).href;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (script: string): ChildProcess => startGuarded(process.execPath, ['-e', script], process.env, openSync(output, 'w'));

/** What the process has written, once it has: the ids of processes. */
const written = (): Promise<number[]> =>
  eventually(() => {
    const ids = readFileSync(output, 'utf8').trim().split(' ').map(Number);
    expect(ids.every((id) => id > 1)).toBe(true);
    return ids;
  });

/** One that has ended, and that nobody has asked about, is still listed. */
const isLeft = (pid: number): boolean => existsSync('/proc/self') && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isLeft(pid);
  } catch {
    return false;
  }
}

const gone = (pids: readonly number[]) => eventually(() => expect(pids.filter(lives)).toEqual([]));

const stubborn = `
  process.on('SIGTERM', () => {});
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']);
  child.once('spawn', () => console.log(process.pid, child.pid));
  setInterval(() => {}, 1000);`;

describe('a guarded process', () => {
  it('is asked to end, and does', async () => {
    const child = start("process.on('SIGTERM', () => process.exit(0)); console.log(process.pid); setInterval(() => {}, 1000)");
    const pids = await written();
    expect(await stopGuarded(child, 10_000)).toBe(true);
    await gone(pids);
    expect(await stopGuarded(child, 0)).toBe(true);
  });

  it('is ended with all that it has started, when it does not end in time', async () => {
    const child = start(stubborn);
    const pids = await written();
    expect(pids).toHaveLength(2);
    expect(await stopGuarded(child, 200)).toBe(false);
    await gone(pids);
  });

  it('does not outlive the one that started it, whether that one exits or is killed', async () => {
    const ends = "process.stdin.resume().once('close', () => process.exit(0)); console.log(process.pid); setInterval(() => {}, 1000)";
    const parent = (script: string): ChildProcess =>
      spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `import { openSync } from 'node:fs';
        import { startGuarded } from '${guarded}';
        startGuarded(process.execPath, ['-e', ${JSON.stringify(script)}], process.env, openSync('${output}', 'w'));
        process.once('SIGTERM', () => process.exit(130));`,
      ]);
    for (const [script, signal] of [
      [stubborn, 'SIGTERM'],
      [ends, 'SIGKILL'],
    ] as const) {
      rmSync(output);
      const one = parent(script);
      const pids = await eventually(written);
      one.kill(signal);
      await once(one, 'exit');
      await gone(pids);
    }
  });
});
