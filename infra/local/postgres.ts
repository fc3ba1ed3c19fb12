import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Component, port, type StackNode } from './layout.ts';

const run = promisify(execFile);
const USER = 'impact';
const DATABASE = 'impact';

/** PostgreSQL from the system's package, with a data folder of our own. */
export const postgres: Component = {
  name: 'postgres',
  ports: { sql: 15432 },
  clusterNodes: 1,
  // SIGTERM would wait for every client to leave; SIGINT disconnects them and shuts down cleanly.
  stopSignal: 'SIGINT',
  prepare,
  command: (node) => ({
    file: program('postgres'),
    args: [
      '-D',
      node.dataDir,
      '-p',
      String(port(node, 'sql')),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    ...owner(),
  }),
  check,
  endpoint: (nodes) =>
    nodes
      .slice(0, 1)
      .map((node) => url(node, DATABASE))
      .join(),
};

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '300',
  // These two guard against a crash of the machine, not of a process; this data is only for development and tests.
  // synchronous_commit stays on: without it even a killed process forgets what it has acknowledged.
  fsync: 'off',
  full_page_writes: 'off',
};

function url(node: StackNode, database: string): string {
  return `postgresql://${USER}:${USER}@127.0.0.1:${port(node, 'sql')}/${database}`;
}

async function prepare(node: StackNode): Promise<void> {
  if (existsSync(join(node.dataDir, 'PG_VERSION'))) return;
  mkdirSync(node.dataDir, { recursive: true, mode: 0o700 });
  const as = owner();
  if (as !== undefined) chownSync(node.dataDir, as.uid, as.gid);
  await run(program('initdb'), ['-D', node.dataDir, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'], {
    cwd: '/',
    ...as,
  });
  const single = run(program('postgres'), ['--single', '-D', node.dataDir, 'postgres'], { cwd: '/', ...as });
  single.child.stdin?.end(`CREATE DATABASE ${DATABASE}\n`);
  await single;
}

async function check(node: StackNode): Promise<string> {
  const env = { ...process.env, PGCONNECT_TIMEOUT: '2' };
  const { stdout } = await run(program('psql'), ['-At', '-c', 'SHOW server_version', url(node, DATABASE)], {
    env,
    cwd: '/',
    timeout: 5_000,
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error((error.stderr || error.message).trim());
  });
  return `version ${stdout.trim()}`;
}

/** The path of one of PostgreSQL's programs; Debian keeps them in a folder for each version, the newest is taken. */
function program(name: string): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)];
  const folder = folders.find((candidate) => existsSync(join(candidate, name)));
  if (folder === undefined) throw new Error(`${name} is not installed: run \`npm run setup\``);
  return join(folder, name);
}

/** PostgreSQL refuses to run as root: there it runs as the user that its package made. */
export function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  if (line === undefined) throw new Error('there is no user postgres: run `npm run setup`');
  const fields = line.split(':');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
