/** A Chromium for the tests of the dashboard, and pages in it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

/** @throws when this machine has none, and says how to get one */
export function browserPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = [process.env['CHROMIUM_PATH'] ?? '', ...names.flatMap((name) => folders.map((folder) => join(folder, name)))];
  const found = candidates.find((path) => path !== '' && existsSync(path));
  if (found === undefined) throw new Error('no Chromium was found: npm run setup installs one on Debian; elsewhere set CHROMIUM_PATH');
  return found;
}

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: browserPath(), args: flags });

export type Look = { width?: number; height?: number; dark?: boolean };

/** A context in which this token is signed in, at a fixed zone, without motion. */
export async function signedIn(browser: Browser, url: string, token: string, { width = 1440, height = 900, dark = false }: Look = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    locale: 'en-US',
  });
  await context.addInitScript((text) => sessionStorage.setItem('impactstream.token', text), token);
  return context;
}

/** What the page complained about: errors of scripts, and refusals of its policy. */
function listenTo(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
}

/** Waits until everything that the page asked for at first is shown. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main h1');
  await page.waitForFunction(
    () => document.querySelectorAll('.skeleton').length === 0 && document.documentElement.dataset['pending'] === '0',
  );
}

/** Goes to another address of the dashboard within the page, as a link of its own would: nothing is loaded anew. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate((href) => {
    history.pushState(null, '', href);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.waitForFunction((href) => document.documentElement.dataset['place'] === href, path);
  await settled(page);
}

/**
 * @param complaints gets what the page complains about, from its first line on
 * @throws what went wrong, with the requests that were not answered
 */
export async function openPage(context: BrowserContext, path: string, complaints: string[] = []): Promise<Page> {
  const page = await context.newPage();
  listenTo(page, complaints);
  const asking = new Set<string>();
  page.on('request', (request) => asking.add(request.url()));
  for (const event of ['requestfinished', 'requestfailed'] as const)
    page.on(event as 'requestfinished', (request) => asking.delete(request.url()));
  try {
    await page.goto(path);
    await settled(page);
    return page;
  } catch (cause) {
    throw new Error(`${path} did not settle; not answered: ${[...asking].join(', ') || 'nothing'}`, { cause });
  }
}
