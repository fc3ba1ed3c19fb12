/** What a browser sees of the dashboard: when its first view stands, how much it moves, and what it holds on to. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { signedIn } from '../web/browser.ts';

export type Load = { paintedMs: number; interactiveMs: number; shift: number; paths: string[] };

type Seen = { shift: number; interactiveMs: number | null };

/** Runs in the page, before its own scripts: interactive is when the figures stand and the page has nothing left to do. */
function watchPage(): void {
  const seen: Seen = { shift: 0, interactiveMs: null };
  (globalThis as unknown as { seen: Seen }).seen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
      if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver(() => {
    requestIdleCallback(() => {
      seen.interactiveMs ??= performance.now();
    });
  }).observe({ type: 'mark', buffered: true });
}

/** The path of a request without its server. */
const pathOf = (url: string): string => url.slice(new URL(url).origin.length);

/** Loads a page with nothing in the browser's cache. */
export async function loadPage(browser: Browser, url: string, token: string, path: string): Promise<Load> {
  const context = await signedIn(browser, url, token);
  await context.addInitScript(watchPage);
  const page = await context.newPage();
  const paths: string[] = [];
  page.on('request', (request) => paths.push(pathOf(request.url())));
  await page.goto(path);
  await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.interactiveMs !== null);
  // What comes after the figures may still move them.
  await page.waitForFunction(() => document.documentElement.dataset['pending'] === '0');
  const measured = await page.evaluate(() => {
    const { shift, interactiveMs } = (globalThis as unknown as { seen: Seen }).seen;
    return {
      shift,
      interactiveMs: interactiveMs ?? 0,
      paintedMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    };
  });
  await context.close();
  return { ...measured, paths };
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
