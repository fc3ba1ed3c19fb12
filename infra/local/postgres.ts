import { execFile } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { exchange } from './exchange.ts';
import { type Component, port, type Security, type StackLayout, type StackNode } from './layout.ts';

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
  command: (node, stack) => ({
    file: program('postgres'),
    args: [
      '-D',
      node.dataDir,
      '-p',
      String(port(node, 'sql')),
      ...Object.entries({ ...settings, ...(stack.security ? tlsSettings : {}) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
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

/** Relative to the data folder. */
const tlsSettings = { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' };

function url(node: StackNode, database: string): string {
  return `postgresql://${USER}:${USER}@127.0.0.1:${port(node, 'sql')}/${database}`;
}

async function prepare(node: StackNode, { security }: StackLayout): Promise<void> {
  if (existsSync(join(node.dataDir, 'PG_VERSION'))) return;
  mkdirSync(node.dataDir, { recursive: true, mode: 0o700 });
  const as = owner();
  if (as !== undefined) chownSync(node.dataDir, as.uid, as.gid);
  await run(program('initdb'), ['-D', node.dataDir, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'], {
    cwd: '/',
    ...as,
  });
  const single = run(program('postgres'), ['--single', '-D', node.dataDir, 'postgres'], { cwd: '/', ...as });
  const user = security ? `CREATE ROLE ${security.username} SUPERUSER LOGIN PASSWORD '${security.password}'\n` : '';
  single.child.stdin?.end(`CREATE DATABASE ${DATABASE}\n${user}`);
  await single;
  if (security) secure(node, security);
}

/** Over TLS and by password only. The server reads its key as its own user, and refuses one that others may read. */
function secure(node: StackNode, { certificateFile, keyFile }: Security): void {
  writeFileSync(join(node.dataDir, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  copyFileSync(certificateFile, join(node.dataDir, tlsSettings.ssl_cert_file));
  const key = join(node.dataDir, tlsSettings.ssl_key_file);
  writeFileSync(key, readFileSync(keyFile), { mode: 0o600 });
  const as = owner();
  if (as) for (const file of [key, join(node.dataDir, tlsSettings.ssl_cert_file)]) chownSync(file, as.uid, as.gid);
}

/**
 * Introduces itself as a client would: the server answers with its way of signing in, or with why it cannot serve.
 * This client speaks no TLS, so a server that is well and demands it says that it has no entry for such as us.
 */
async function check(node: StackNode, { security }: StackLayout): Promise<string> {
  const parameters = Buffer.from(`user\0${USER}\0database\0${DATABASE}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + parameters.length, 0);
  head.writeInt32BE(0x0003_0000, 4);
  const isWhole = (bytes: Buffer): boolean => bytes.length >= 5 && bytes.length > bytes.readInt32BE(1);
  const answer = await exchange(port(node, 'sql'), Buffer.concat([head, parameters]), isWhole);
  if (security && errorMessage(answer).startsWith('no pg_hba.conf entry')) return 'refuses who comes without TLS';
  if (answer[0] !== 'R'.charCodeAt(0)) throw new Error(`refuses connections: ${errorMessage(answer)}`);
  return `accepts connections to ${DATABASE}`;
}

// An error's fields are a letter and a text each, ended by a zero byte; M is the message.
function errorMessage(answer: Buffer): string {
  const fields = answer.toString('utf8', 5).split('\0');
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'unknown reason';
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
