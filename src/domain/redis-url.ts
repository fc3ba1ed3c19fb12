/** Where Redis is: `redis://user:password@host:port,host:port/0`, or `rediss:` for TLS. Several hosts are nodes of one Redis. */
import { ImpactError } from './errors.ts';

export type RedisNode = { readonly host: string; readonly port: number };
export type RedisPlace = {
  readonly nodes: readonly RedisNode[];
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
};

const DEFAULT_PORT = 6379;
const form = /^(rediss?):\/\/(?:([^@/]*)@)?([^@/?#\s]+)(?:\/(\d{0,4}))?$/;
const hostAndPort = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;

function nodeOf(text: string): RedisNode | null {
  const [, host = '', port = String(DEFAULT_PORT)] = hostAndPort.exec(text.trim()) ?? [];
  if (host === '' || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function credentialsOf(text: string | undefined): Pick<RedisPlace, 'username' | 'password'> {
  if (text === undefined || text === '') return { username: null, password: null };
  const [username = '', ...password] = text.split(':');
  const decoded = decodeURIComponent(password.join(':'));
  return { username: username === '' ? null : decodeURIComponent(username), password: decoded === '' ? null : decoded };
}

/** @throws ImpactError `bad_configuration`; the message does not repeat the URL, which may hold a password */
export function parseRedisUrl(url: string): RedisPlace {
  const [, scheme, credentials, hosts = '', db = ''] = form.exec(url) ?? [];
  const nodes = hosts.split(',').map(nodeOf);
  if (scheme === undefined || !nodes.every((node) => node !== null))
    throw new ImpactError('bad_configuration', 'the Redis URL is not of the form redis://user:password@host:port,host:port/0');
  return { nodes, tls: scheme === 'rediss', ...credentialsOf(credentials), db: Number(db) };
}
