/** What a browser sees of the dashboard: when its first view stands, how much it moves, and what it holds on to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { signedIn } from '../web/browser.ts';

export type Load = { paintedMs: number; interactiveMs: number; shift: number; paths: string[] };

type Seen = { shift: number; interactiveMs: Promise<number> };

/** Runs in the page, before its own scripts: interactive is when the figures stand and the page has nothing left to do. */
function watchPage(): void {
  const { promise, resolve } = Promise.withResolvers<number>();
  const seen: Seen = { shift: 0, interactiveMs: promise };
  (globalThis as unknown as { seen: Seen }).seen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
      if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver(() => {
    requestIdleCallback(() => resolve(performance.now()));
  }).observe({ type: 'mark', buffered: true });
}

/** The path of a request without its server. */
const pathOf = (url: string): string => url.slice(new URL(url).origin.length);

const REST_MS = 200;
/** Processor time that a browser at rest takes within it, seconds. */
const REST_SECONDS = 0.03;
const REST_DEADLINE_MS = 30_000;

/** A new tab's processes are busy for a second after it stands; whoever types an address has long waited for that. */
async function untilAtRest(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const seconds = async (): Promise<number> => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const until = Date.now() + REST_DEADLINE_MS;
  for (let [last, calm] = [await seconds(), 0]; calm < 3; ) {
    if (Date.now() > until) throw new Error('the browser does not come to rest');
    await sleep(REST_MS);
    const now = await seconds();
    calm = now - last < REST_SECONDS ? calm + 1 : 0;
    last = now;
  }
  await session.detach();
}

/** Loads a page in a new tab with nothing in the browser's cache. */
export async function loadPage(browser: Browser, url: string, token: string, path: string): Promise<Load> {
  const context = await signedIn(browser, url, token);
  await context.addInitScript(watchPage);
  const page = await context.newPage();
  const paths: string[] = [];
  page.on('request', (request) => paths.push(pathOf(request.url())));
  await untilAtRest(browser);
  await page.goto(path, { waitUntil: 'commit' });
  // Waited for in the page: asking it again and again would keep it busy.
  const interactiveMs = await page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen.interactiveMs);
  // What comes after the figures may still move them.
  await page.waitForFunction(() => document.documentElement.dataset['pending'] === '0');
  const measured = await page.evaluate(() => {
    const { shift } = (globalThis as unknown as { seen: Seen }).seen;
    return { shift, paintedMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 };
  });
  await context.close();
  return { ...measured, interactiveMs, paths };
}

export type Held = { heapBytes: number; nodes: number; listeners: number };

/** What the page holds on to after everything that can be forgotten is. */
export async function heldBy(session: CDPSession): Promise<Held> {
  // What is freed by finalizers and weak references takes a second turn.
  for (let turn = 0; turn < 2; turn += 1) await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((one) => one.name === name)?.value ?? 0;
  return { heapBytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
}

/** A page that stays open, and the session that looks into it. */
export async function openForLong(
  browser: Browser,
  url: string,
  token: string,
  path: string,
): Promise<{ page: Page; session: CDPSession }> {
  const context = await signedIn(browser, url, token);
  const page = await context.newPage();
  await page.goto(path);
  await page.waitForSelector('.live.on');
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  return { page, session };
}
