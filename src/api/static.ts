/** The files of the web dashboard, held in memory: they are few, small, and were compressed when they were built. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ImpactError } from '../domain/errors.ts';
import type { App } from './deps.ts';
import { namesTag, tagOf } from './etag.ts';

/** Addresses of pages; the dashboard itself decides what stands there. */
export const pagePaths = ['/', '/revenue', '/rollout', '/experiments', '/flags', '/alerts', '/quality', '/reports'] as const;

/** Files of our own only, and nothing that a page could be made to send elsewhere. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const dashboardFolder = join(import.meta.dirname, '..', '..', 'dist', 'web');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

type Encoding = 'br' | 'gzip' | 'identity';
type File = { type: string; tag: string; bodies: Partial<Record<Encoding, Buffer>> & { identity: Buffer } };
const suffixes = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

function loadFile(path: string): File {
  const identity = readFileSync(path);
  const compressed = suffixes
    .filter(([, suffix]) => existsSync(path + suffix))
    .map(([name, suffix]) => [name, readFileSync(path + suffix)]);
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    tag: tagOf(identity.toString('latin1')),
    bodies: { ...Object.fromEntries(compressed), identity },
  };
}

/** Every file by its name inside the folder; none when nothing was built. */
export function loadFiles(folder: string): Map<string, File> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  return new Map(names.filter((name) => types[extname(name)] !== undefined).map((name) => [name, loadFile(join(folder, name))]));
}

const accepts = (request: FastifyRequest, encoding: Encoding): boolean =>
  new RegExp(`(^|[ ,])${encoding}(?!;q=0(\\.0*)?($|,))`).test(request.headers['accept-encoding'] ?? '');

/** The smallest body that the client can read. */
function send(request: FastifyRequest, reply: FastifyReply, file: File, cacheControl: string): FastifyReply {
  const encoding = (['br', 'gzip'] as const).find((name) => file.bodies[name] !== undefined && accepts(request, name)) ?? 'identity';
  reply.headers({ 'cache-control': cacheControl, vary: 'accept-encoding', 'content-security-policy': PAGE_POLICY, etag: file.tag });
  if (namesTag(request.headers['if-none-match'], file.tag)) return reply.status(304).send();
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return reply.type(file.type).send(file.bodies[encoding]);
}

const open = { config: { role: 'open', rateLimit: false }, schema: { hide: true } } as const;

/** Every page is the same document; what it loads has a hash in its name, and so never changes. */
export function addDashboard(app: App, files: Map<string, File> = loadFiles(dashboardFolder)): void {
  const fileOf = (name: string): File => {
    const file = files.get(name);
    if (file) return file;
    throw new ImpactError(
      'not_found',
      files.size === 0 ? 'the dashboard was not built; npm run build:web builds it' : `there is no file ${name}`,
    );
  };
  for (const path of pagePaths) app.get(path, open, async (request, reply) => send(request, reply, fileOf('index.html'), 'no-cache'));
  app.get<{ Params: { name: string } }>('/assets/:name', open, async (request, reply) =>
    send(request, reply, fileOf(`assets/${request.params.name}`), 'public, max-age=31536000, immutable'),
  );
  app.get('/favicon.svg', open, async (request, reply) => send(request, reply, fileOf('favicon.svg'), 'public, max-age=86400'));
}
