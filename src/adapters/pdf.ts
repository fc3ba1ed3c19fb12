/** Chromium prints a page as PDF: the same HTML that is mailed. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ImpactError } from '../domain/errors.ts';

const run = promisify(execFile);
const LIMIT_MS = 30_000;

export type PrintPdf = (html: string) => Promise<Buffer>;

/** The page is ours, forbids scripts itself, and needs no network. Chromium's sandbox asks for rights that the administrator's account in a container does not have. */
const flagsOf = (folder: string): string[] => [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--disable-extensions',
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  `--user-data-dir=${join(folder, 'profile')}`,
  '--no-pdf-header-footer',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

async function print(chromium: string, folder: string, html: string): Promise<Buffer> {
  const [page, pdf] = [join(folder, 'report.html'), join(folder, 'report.pdf')];
  await writeFile(page, html);
  // Chromium looks for its settings there, and an account without a home has none.
  const env = { ...process.env, HOME: folder };
  await run(chromium, [...flagsOf(folder), `--print-to-pdf=${pdf}`, pathToFileURL(page).href], { timeout: LIMIT_MS, env });
  return readFile(pdf);
}

/**
 * @param chromium path of the browser
 * @returns a printer; it throws ImpactError `unavailable` when there is no browser, or when it fails
 */
export function createPdfPrinter(chromium: string): PrintPdf {
  return async (html) => {
    if (!existsSync(chromium))
      throw new ImpactError('unavailable', `PDF is drawn by Chromium, and there is none at ${chromium}; install it, or set CHROMIUM_PATH`);
    const folder = await mkdtemp(join(tmpdir(), 'impact-pdf-'));
    try {
      return await print(chromium, folder, html);
    } catch (cause) {
      throw new ImpactError('unavailable', `${chromium} did not draw the PDF`, { cause });
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  };
}
