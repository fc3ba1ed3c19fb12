/**
 * Builds the web dashboard (src/web) into dist/web, unless what is there was built from the same sources.
 * `--check` only says which: "fresh" or "stale". Files are compressed here, once, and not with every request.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..', '..');
const sources = join(root, 'src', 'web');
const target = join(root, 'dist', 'web');
const stamp = join(target, '.built-from');

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** The libraries' versions are sources, too. */
function sourceHash(): string {
  const hash = createHash('sha256');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
  for (const name of ['preact', 'uplot', 'vite']) hash.update(`${name}@${devDependencies[name]}\n`);
  for (const file of [...filesIn(sources), import.meta.filename]) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

/** An installed package comes with its dashboard and without its build tools. */
const isFresh = (hash: string): boolean =>
  existsSync(stamp) && (readFileSync(stamp, 'utf8') === hash || !existsSync(join(root, 'node_modules', 'vite')));

async function bundle(outDir: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: sources,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // Nothing is inlined: the page's policy allows files of its own only.
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } },
  });
}

function compress(folder: string): void {
  for (const file of filesIn(folder).filter((name) => /\.(js|css|html|svg|json)$/.test(name))) {
    const text = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
  }
}

/** Built beside the old one and then put in its place, so that a folder that exists is whole. */
export async function buildDashboard(): Promise<void> {
  const hash = sourceHash();
  if (isFresh(hash)) return;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const partial = mkdtempSync(join(root, 'dist', 'web-partial-'));
  try {
    await bundle(partial);
    compress(partial);
    writeFileSync(join(partial, '.built-from'), hash);
    // A temporary folder is for its maker alone; this one is served, and packed.
    chmodSync(partial, 0o755);
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  if (process.argv.includes('--check')) console.log(isFresh(sourceHash()) ? 'fresh' : 'stale');
  else await buildDashboard();
}
