/** `impact deploy`: a new version into an environment, and the old one back when it does not work. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Argument, Command, Option } from 'commander';
import { stages } from '../../streams/topology.ts';
import type { Config } from '../config.ts';
import { deployText, type Environment, environmentFile, environments, rollOrder } from '../domain/deploy.ts';
import { ImpactError } from '../domain/errors.ts';
import { listDeployments } from '../query/deployments.ts';
import type { Context } from './context.ts';
import type { DeployTarget, Driver } from './deploy/driver.ts';
import { createKubernetesDriver } from './deploy/kubernetes.ts';
import { createLocalDriver } from './deploy/local.ts';
import { createSystemdDriver } from './deploy/systemd.ts';
import { deploy } from './deploying.ts';
import { withExamples } from './examples.ts';
import { Unsuccessful } from './failure.ts';
import { programVersion } from './program-version.ts';
import { withProgress } from './progress.ts';
import { sayRows } from './said.ts';
import { withSystem } from './system.ts';

type Options = { release?: string; settings?: string; history?: true; output: 'table' | 'json' };

const here = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

const drivers: Record<Config['deployDriver'], (target: DeployTarget) => Driver> = {
  local: createLocalDriver,
  systemd: createSystemdDriver,
  kubernetes: createKubernetesDriver,
};

/** The settings of the environment that the process's own environment does not name: what is set by hand wins. */
function settingsOf(
  environment: Environment,
  { env }: Context,
  file = `${here}/infra/deploy/settings/${environment}.env`,
): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(environmentFile(readFileSync(file, 'utf8'))).filter(([name]) => env[name] === undefined));
  } catch (cause) {
    throw new ImpactError('bad_configuration', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function stagesOf({ deployStages }: Config): string[] {
  const names: readonly string[] = stages.map(({ name }) => name);
  const unknown = deployStages.filter((stage) => !names.includes(stage));
  if (unknown.length > 0)
    throw new ImpactError('bad_configuration', 'configuration: there are no such stages', {
      problems: [{ field: 'DEPLOY_STAGES', value: unknown.join(), expected: `some of ${names.join(', ')}` }],
    });
  return rollOrder(deployStages.length === 0 ? names : deployStages);
}

async function run(context: Context, environment: Environment, { release, settings: file }: Options): Promise<void> {
  const settings = settingsOf(environment, context, file);
  // LOG_LEVEL is for the stages: a deploy says by itself what it does.
  const { LOG_LEVEL: _, ...own } = settings;
  const config = context.config(own);
  const wanted = release ?? (config.deployDriver === 'kubernetes' ? programVersion() : here);
  const deployed = await withProgress(context, `deploying to ${environment}`, (progress) =>
    withSystem(
      context,
      (system) => {
        const env = { ...context.env, ...settings };
        const target = { config, environment, env, stages: stagesOf(config), signal: context.signal, onProgress: progress.update };
        const startedBy = userInfo().username;
        return deploy(system, { target, driver: drivers[config.deployDriver](target), release: wanted, startedBy, now: context.now });
      },
      config,
    ),
  );
  context.out(`${deployText(deployed, deployed.state, deployed.reason)}\n`);
  for (const line of deployed.unsaid) context.err(`warning: ${line}\n`);
  if (deployed.state !== 'done') throw new Unsuccessful(deployed.reason);
}

async function history(context: Context, { output }: Options): Promise<void> {
  const rows = await withSystem(context, ({ postgres }) => listDeployments(postgres));
  sayRows(
    context,
    rows.map((row) => ({ ...row, started_at: row.started_at.toISOString(), finished_at: row.finished_at?.toISOString() ?? null })),
    output,
  );
}

/** Deploys this version, or another release, to staging or to production. */
export function deployCommand(context: Context): Command {
  const command = new Command('deploy')
    .description('check, migrate, roll stage by stage, verify with an event from the door to the API; go back by itself when that fails')
    .addArgument(new Argument('[environment]', 'where to').choices(environments).default('staging'))
    .option(
      '--release <release>',
      'folder of the release (default: this one); with Kubernetes the tag of the image (default: this version)',
    )
    .option(
      '--settings <file>',
      'environment file (default: infra/deploy/settings/ENVIRONMENT.env); the process’s own environment wins over it',
    )
    .option('--history', 'the last deploys and what came of them, and nothing else')
    .addOption(new Option('--output <format>', 'how to print the history').choices(['table', 'json']).default('table'))
    .action((environment: Environment, options: Options) =>
      options.history ? history(context, options) : run(context, environment, options),
    );
  return withExamples(
    command,
    ['deploy', 'this version to staging'],
    ['deploy production', 'and to production'],
    ['deploy production --history', 'who deployed what, and how it went'],
  );
}
