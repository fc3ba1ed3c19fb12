/** Stages as processes of this machine, each one a release's own program. What runs is written down, so that the next deploy finds it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImpactError } from '../../domain/errors.ts';
import { command, type DeployTarget, type Driver, untilReady } from './driver.ts';

type Running = { stage: string; release: string; pid: number; url: string };

const STOP_MS = 30_000;
const LOG_LINES = 5;
const programOf = (release: string): string => join(release, 'src/cli/launch.mjs');

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A process that nobody has reaped counts as gone: it does no work any more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
  } catch {
    return false;
  }
}

/** SIGTERM, and after a while SIGKILL. */
async function stop({ pid }: Running): Promise<void> {
  const deadline = Date.now() + STOP_MS;
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Keeps what runs in DEPLOY_DIRECTORY. */
export function createLocalDriver(target: DeployTarget): Driver {
  const { config, environment, stages, env, onProgress } = target;
  const file = join(config.deployDirectory, `${environment}.json`);

  const list = async (): Promise<Running[]> =>
    (JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as Running[]).filter(({ pid }) => isAlive(pid));
  async function keep(running: readonly Running[]): Promise<void> {
    mkdirSync(config.deployDirectory, { recursive: true });
    await writeFile(`${file}.partial`, JSON.stringify(running, null, 1));
    await rename(`${file}.partial`, file);
  }

  async function start(stage: string, release: string): Promise<Running> {
    const isApi = stage === 'api';
    const port = isApi ? new URL(config.deployApiUrl).port || '80' : String(await freePort());
    const log = openSync(join(config.deployDirectory, `${stage}.log`), 'a');
    const ports = { API_PORT: port, METRICS_PORT: port };
    const child = spawn(process.execPath, [programOf(release), 'run', stage], {
      env: { ...env, ...ports },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    closeSync(log);
    return { stage, release, pid: child.pid ?? 0, url: `http://127.0.0.1:${port}` };
  }

  const ended = (one: Running) => async (): Promise<string | null> => {
    if (isAlive(one.pid)) return null;
    const log = await readFile(join(config.deployDirectory, `${one.stage}.log`), 'utf8');
    return `ended: ${log.trimEnd().split('\n').slice(-LOG_LINES).join('\n')}`;
  };

  return {
    current: async () => (await list())[0]?.release ?? null,
    async check(release) {
      if (!existsSync(programOf(release))) throw new ImpactError('unprocessable', `${release} is no release: it has no ${programOf('')}`);
    },
    migrate: async (release) => void (await command(process.execPath, [programOf(release), 'migrate'], target)),
    async roll(release) {
      mkdirSync(config.deployDirectory, { recursive: true });
      for (const stage of stages) {
        onProgress(`${stage} of ${release}`);
        const running = await list();
        for (const old of running.filter((one) => one.stage === stage)) await stop(old);
        const started = await start(stage, release);
        await keep([...running.filter((one) => one.stage !== stage), started]);
        await untilReady(stage, started.url, target, ended(started));
      }
      for (const left of (await list()).filter((one) => !stages.includes(one.stage))) await stop(left);
      await keep(await list());
    },
  };
}
