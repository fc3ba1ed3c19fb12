/**
 * A deploy, in this order: check the connections, migrate, roll stage by stage, verify; if any of it fails after the first stage was touched,
 * the release that ran before is rolled again. Migrations only add, so it finds the databases as it knows them.
 */
import { randomUUID } from 'node:crypto';
import { announcementKey, type Deployment, type DeployState, deployText } from '../domain/deploy.ts';
import { ImpactError } from '../domain/errors.ts';
import { beginDeployment, claimDeploys, endDeployment } from '../query/deployments.ts';
import { enqueue } from '../query/outbox.ts';
import { flyCanary } from './deploy/canary.ts';
import type { DeployTarget, Driver } from './deploy/driver.ts';
import { describeFailure } from './failure.ts';
import type { System } from './system.ts';

export type Deploying = { target: DeployTarget; driver: Driver; release: string; startedBy: string; now(): number };
/** `unsaid`: what could not be written down or announced. The deploy is what it is all the same. */
export type Deployed = Deployment & { state: DeployState; reason: string; unsaid: readonly string[] };
type Ended = Omit<Deployed, 'unsaid'>;

/** What must answer before anything is touched; tables and topics are what a migration makes. */
const connections = ['kafka', 'registry', 'clickhouse', 'postgres', 'redis'];
const migrated = ['topics', 'tables', 'schema'];

const said = (error: unknown): string => describeFailure(error, { debug: false, colour: false }).replace(/^error: /, '');

/** Those of `impact check` with these names. */
async function check({ probes }: System, names: readonly string[]): Promise<void> {
  const faults: string[] = [];
  for (const name of names) await probes[name]?.().catch((error: unknown) => faults.push(`${name}: ${said(error)}`));
  if (faults.length > 0) throw new ImpactError('unavailable', `nothing was deployed: ${faults.join('; ')}`);
}

/** In the outbox of the same database; without a way to Slack nobody is told. */
async function announce({ config, postgres }: System, deployment: Deployment, state: DeployState, reason = ''): Promise<void> {
  const channel = config.deploySlackChannel;
  const way = config.slackWebhookUrl !== '' || config.slackBotToken !== '' || Object.keys(config.slackWebhookUrls).length > 0;
  if (channel === '' || !way) return;
  const text = deployText(deployment, state, reason);
  const entry = {
    key: announcementKey(deployment, state),
    channel: 'slack' as const,
    target: channel,
    payload: { channel, text },
    subject: text,
  };
  await postgres.transaction((tx) => enqueue(tx, [entry]));
}

/** What goes wrong beside a deploy is no reason for it to fail, but is told to whoever deploys. */
async function beside(unsaid: string[], what: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => void unsaid.push(`${what}: ${said(error)}`));
}

async function alone<T>({ postgres }: System, environment: string, work: () => Promise<T>): Promise<T> {
  const session = await postgres.session();
  try {
    if (!(await claimDeploys(session, environment)))
      throw new ImpactError('conflict', `somebody else deploys to ${environment} at this moment`);
    return await work();
  } finally {
    session.release();
  }
}

async function rollAndVerify(system: System, { target, driver, now }: Deploying, release: string): Promise<void> {
  target.onProgress(`rolling ${release}`);
  await driver.roll(release);
  target.onProgress('verifying with a canary event');
  await flyCanary(system, target, now());
}

/** @returns whether the earlier release runs again */
async function putBack(system: System, deploying: Deploying, previous: string | null): Promise<{ state: DeployState; why: string }> {
  if (previous === null) return { state: 'failed', why: 'nothing ran before' };
  try {
    deploying.target.onProgress(`going back to ${previous}`);
    await rollAndVerify(system, deploying, previous);
    return { state: 'rolled_back', why: '' };
  } catch (error) {
    return { state: 'failed', why: `and going back failed: ${said(error)}` };
  }
}

async function rolled(system: System, deploying: Deploying, deployment: Deployment): Promise<Ended> {
  try {
    await rollAndVerify(system, deploying, deploying.release);
    return { ...deployment, state: 'done', reason: '' };
  } catch (error) {
    const { state, why } = await putBack(system, deploying, deployment.previous);
    return { ...deployment, state, reason: [said(error), why].filter((part) => part !== '').join('\n') };
  }
}

/**
 * Deploys a release.
 * @returns what came of it: a version that does not work is an answer
 * @throws ImpactError when nothing was touched: a connection fails, the release is none, the migration fails, somebody else is at it
 */
export async function deploy(system: System, deploying: Deploying): Promise<Deployed> {
  const { target, driver, release, startedBy } = deploying;
  target.onProgress('checking');
  await check(system, connections);
  return alone(system, target.environment, async () => {
    await driver.check(release);
    const previous = await driver.current();
    target.onProgress('migrating');
    await driver.migrate(release);
    await check(system, migrated);
    const deployment: Deployment = { id: randomUUID(), environment: target.environment, version: release, previous, startedBy };
    await beginDeployment(system.postgres, deployment);
    const [unsaid, channel]: [string[], string] = [[], system.config.deploySlackChannel];
    await beside(unsaid, `${channel} does not hear that it began`, () => announce(system, deployment, 'running'));
    const ended = await rolled(system, deploying, deployment);
    const { state, reason } = ended;
    await beside(unsaid, 'its end is not in the history of deploys', () => endDeployment(system.postgres, deployment, state, reason));
    await beside(unsaid, `${channel} does not hear how it ended`, () => announce(system, deployment, state, reason));
    return { ...ended, unsaid };
  });
}
