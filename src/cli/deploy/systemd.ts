/** Stages as systemd units `impact@STAGE`, which run what the link `current` in DEPLOY_DIRECTORY leads to. */
import { existsSync } from 'node:fs';
import { readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { environmentFile } from '../../domain/deploy.ts';
import { ImpactError } from '../../domain/errors.ts';
import { command, type DeployTarget, type Driver, untilReady } from './driver.ts';

/** `schedule` has a unit of its own, which also has the name that operators know. */
const unitOf = (stage: string): string => (stage === 'schedule' ? 'impact-schedule.service' : `impact@${stage}.service`);

const programOf = (release: string): string => join(release, 'src/cli/launch.mjs');

/** The port of a stage's health, as its unit is given it. */
async function urlOf(release: string, stage: string, { config }: DeployTarget): Promise<string> {
  if (stage === 'api') return config.deployApiUrl;
  const text = await readFile(join(release, 'infra/deploy/systemd/stages', `${stage}.env`), 'utf8');
  return `http://127.0.0.1:${environmentFile(text)['METRICS_PORT']}`;
}

export function createSystemdDriver(target: DeployTarget): Driver {
  const { config, stages, onProgress } = target;
  const link = join(config.deployDirectory, 'current');
  const systemctl = (...args: string[]): Promise<string> => command('systemctl', args, target);

  /** The link leads to the one or to the other release, at no moment nowhere. */
  async function point(release: string): Promise<void> {
    await rm(`${link}.next`, { force: true });
    await symlink(resolve(release), `${link}.next`);
    await rename(`${link}.next`, link);
  }

  const ended = (unit: string) => async (): Promise<string | null> => {
    const state = (await systemctl('show', '--property=ActiveState', '--value', unit)).trim();
    return state === 'failed' ? 'has failed: see journalctl -u'.concat(` ${unit}`) : null;
  };

  return {
    current: () => readlink(link).catch(() => null),
    async check(release) {
      if (!existsSync(programOf(release))) throw new ImpactError('unprocessable', `${release} is no release: it has no ${programOf('')}`);
      await systemctl('cat', ...stages.map(unitOf));
    },
    migrate: async (release) => void (await command(process.execPath, [programOf(release), 'migrate'], target)),
    async roll(release) {
      await point(release);
      for (const stage of stages) {
        onProgress(unitOf(stage));
        await systemctl('restart', unitOf(stage));
        await untilReady(stage, await urlOf(release, stage, target), target, ended(unitOf(stage)));
      }
    },
  };
}
