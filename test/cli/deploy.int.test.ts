import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../infra/local/ports.ts';
import type { System } from '../../src/cli/system.ts';
import { openSystem, prepareSystem } from '../../src/cli/wiring.ts';
import { loadConfig } from '../../src/config.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { impact } from './terminal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const folder = mkdtempSync(join(tmpdir(), 'impact-deploy-'));
const state = join(folder, 'state');

let env: Record<string, string>;
let system: System;

type Running = { stage: string; release: string; pid: number; url: string };
const running = (): Running[] => JSON.parse(readFileSync(join(state, 'staging.json'), 'utf8')) as Running[];

/** A release of its own: this program behind a launcher that may do something else. */
function releaseWith(name: string, instead: string): string {
  const release = join(folder, name);
  mkdirSync(join(release, 'src/cli'), { recursive: true });
  const launcher = `import { createServer } from 'node:http';
const [command, stage] = process.argv.slice(2);
${instead}
await import(${JSON.stringify(`${root}/src/cli/launch.mjs`)});`;
  writeFileSync(join(release, 'src/cli/launch.mjs'), launcher);
  return release;
}

const deploy = (line: string) =>
  impact(`deploy ${line}`, {
    env: { ...process.env, ...env },
    config: (overrides = {}) => loadConfig({ ...env, ...overrides }),
    open: openSystem,
    now: Date.now,
  });
const lastDeploys = async () =>
  JSON.parse((await deploy('--history --output json')).out) as { version: string; state: string; reason: string }[];

beforeAll(async () => {
  const [port] = await freePorts(1);
  writeFileSync(join(folder, 'staging.env'), '# no secrets\nDEPLOY_DRIVER=local\nDEPLOY_STAGES="api,store"\nDEPLOY_READY_SECONDS=60\n');
  env = testEnv({
    DEPLOY_DIRECTORY: state,
    DEPLOY_API_URL: `http://127.0.0.1:${port}`,
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/x',
    STORE_FLUSH_MS: '50',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
  });
  system = await openSystem(loadConfig(env));
  await prepareSystem(loadConfig(env), () => undefined, new AbortController().signal);
});

afterAll(async () => {
  for (const { pid } of running()) process.kill(pid, 'SIGTERM');
  await eventually(() => {
    for (const { pid } of running()) expect(() => process.kill(pid, 0)).toThrow();
  });
  await system?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('impact deploy', () => {
  const settings = `staging --settings ${join(folder, 'staging.env')}`;
  let first: string;

  it('migrates, starts every stage, the door last, and proves it with an event that leaves no trace', async () => {
    first = releaseWith('v1', '');
    const { status, out, err } = await deploy(`${settings} --release ${first}`);
    expect({ status, err: status === 0 ? '' : err + out }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`${first} runs in staging`);
    expect(running().map(({ stage }) => stage)).toEqual(['store', 'api']);
    const rows = () => system.clickhouse.query<{ retracted: boolean }>(`SELECT retracted FROM events FINAL WHERE tenant = 'impact_canary'`);
    await eventually(async () => expect(await rows()).toEqual([{ retracted: true }]));
    expect(await system.postgres.query(`SELECT FROM tokens WHERE name LIKE 'canary%' AND revoked_at IS NULL`)).toEqual([]);
  });

  it('goes back by itself when the new version does not start, and says so to Slack', async () => {
    const broken = releaseWith('v2', `if (command === 'run') { console.error('no such setting'); process.exit(1); }`);
    const { status, out, err } = await deploy(`${settings} --release ${broken}`);
    expect(status).toBe(1);
    expect(err).not.toContain('warning');
    expect(out).toContain(`${broken} failed in staging; ${first} runs again`);
    expect(out).toContain('no such setting');
    expect(new Set(running().map(({ release }) => release))).toEqual(new Set([first]));
    expect((await fetch(`${env['DEPLOY_API_URL']}/ready`)).status).toBe(200);
    const told = await system.postgres.query<{ target: string; text: string }>(
      `SELECT target, payload->>'text' AS text FROM outbox WHERE key LIKE 'deployment/%' ORDER BY not_before, key`,
    );
    expect(told).toHaveLength(4);
    expect(told.every(({ target }) => target === '#phase3-deployment')).toBe(true);
    expect(told.some(({ text }) => text.includes('runs again'))).toBe(true);
  });

  it('goes back when the new version answers and lets nothing through', async () => {
    const deaf = `if (command === 'run' && stage === 'api') createServer((_, answer) => answer.writeHead(200).end('{}')).listen(Number(process.env.API_PORT));
if (command === 'run' && stage === 'api') await new Promise(() => {});`;
    // Nobody can be told of this one: it goes on all the same, and says so.
    await system.postgres.query('ALTER TABLE outbox ADD CONSTRAINT "full" CHECK (false) NOT VALID');
    const { status, out, err } = await deploy(`${settings} --release ${releaseWith('v3', deaf)}`);
    await system.postgres.query('ALTER TABLE outbox DROP CONSTRAINT "full"');
    expect(status).toBe(1);
    expect(err).toMatch(/warning: #phase3-deployment does not hear that it began: .*"full"/);
    expect(err).toContain('warning: #phase3-deployment does not hear how it ended');
    expect(out).toContain('the door refused the canary: 200');
    expect(out).toContain(`${first} runs again`);
  });

  it('touches nothing when a connection fails, the release is none, its migration fails, or somebody else is at it', async () => {
    const before = running();
    const away = await deploy(`${settings} --release ${join(folder, 'nowhere')}`);
    expect(away.err).toContain('nowhere is no release');
    const stuck = releaseWith('v4', `if (command === 'migrate') { console.error('column is in use'); process.exit(1); }`);
    expect((await deploy(`${settings} --release ${stuck}`)).err).toContain('column is in use');
    const offline = { ...env, REDIS_URL: 'redis://127.0.0.1:1/0' };
    const cut = await impact(`deploy ${settings}`, {
      env: offline,
      config: (more = {}) => loadConfig({ ...offline, ...more }),
      open: openSystem,
    });
    expect(cut.err).toMatch(/nothing was deployed: redis: .*ECONNREFUSED/);
    const other = await system.postgres.session();
    await other.query(`SELECT pg_advisory_lock(hashtext(current_schema() || '.deploy.staging'))`);
    expect((await deploy(`${settings} --release ${first}`)).err).toContain('somebody else deploys to staging');
    other.release();
    expect(running()).toEqual(before);
    expect((await lastDeploys()).map(({ version, state }) => [version.split('/').at(-1), state])).toEqual([
      ['v3', 'rolled_back'],
      ['v2', 'rolled_back'],
      ['v1', 'done'],
    ]);
  });

  it('refuses stages that there are not, and an environment file that is none', async () => {
    const odd = join(folder, 'odd.env');
    writeFileSync(odd, 'DEPLOY_STAGES=stoer\n');
    expect((await deploy(`staging --settings ${odd}`)).err).toContain('expected some of store');
    writeFileSync(odd, 'DEPLOY_STAGES stoer\n');
    expect((await deploy(`staging --settings ${odd}`)).err).toContain('line 1 is neither NAME=VALUE nor a comment');
    expect((await deploy('nowhere')).status).toBe(2);
  });
});
