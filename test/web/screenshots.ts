/** `npm run screenshots`: every page, on desktop, phone and 4K, light and dark, into .screenshots (not committed); `-- documents`: those that the documents show. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type StackEndpoints, stackUp } from '../../infra/stack.ts';
import { openBrowser, openPage, signedIn } from './browser.ts';
import { openWorld } from './world.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, '.screenshots');

/** What is looked at; the address says all of it. */
export const views = {
  overview: '/?range=30d',
  revenue: '/revenue?range=30d',
  targets: '/revenue?tab=targets&metric=roi_percent',
  rollouts: '/rollout',
  rollout: '/rollout?flag=ai_coaching',
  experiments: '/experiments',
  experiment: '/experiments?experiment=ai_coaching&metric=productivity_score',
  flags: '/flags',
  flag: '/flags?flag=ai_coaching',
  alerts: '/alerts',
  alert: '/alerts?alert=error-rate-1',
  notifications: '/alerts?tab=notifications',
  rules: '/alerts?tab=rules',
  rule: '/alerts?tab=rules&rule=error-rate',
  quality: '/quality',
  replays: '/quality?tab=replays',
  reports: '/reports',
} as const;

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 360, height: 740 }, wall: { width: 3840, height: 2160 } };

async function shoot(browser: Browser, url: string, token: string, wanted: readonly string[]): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes))
    for (const theme of ['light', 'dark']) {
      const context = await signedIn(browser, url, token, { ...viewport, dark: theme === 'dark' });
      for (const [name, path] of Object.entries(views)) {
        if (wanted.length > 0 && !wanted.includes(name) && !wanted.includes(`${name}-${size}-${theme}`)) continue;
        const page = await openPage(context, path);
        // As high as the page, so that what sticks to the window stands where it belongs.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width: viewport.width, height: Math.max(height, viewport.height) });
        await page.screenshot({ path: join(folder, `${name}-${size}-${theme}.png`) });
        await page.close();
      }
      await context.close();
    }
}

/** Those that the documents show, as a reader's window would. */
async function shootForDocuments(browser: Browser, url: string, token: string): Promise<void> {
  const context = await signedIn(browser, url, token, { width: 1440, height: 900 });
  for (const name of ['overview', 'experiment', 'reports'] as const) {
    const page = await openPage(context, views[name]);
    await page.screenshot({ path: join(root, 'docs', 'images', `dashboard-${name}.png`) });
  }
  await context.close();
}

function given(): StackEndpoints | null {
  const env = (name: string): string => process.env[`IMPACT_TEST_${name}`] ?? '';
  if (env('KAFKA') === '') return null;
  return { kafka: env('KAFKA'), registry: env('REGISTRY'), clickhouse: env('CLICKHOUSE'), postgres: env('POSTGRES'), redis: env('REDIS') };
}

/** @param at an installation that runs already, and a token for it; without it, one is made up */
async function run(at: { url: string; token: string } | null, wanted: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const world = at === null ? await openWorld(given() ?? (await stackUp({ onProgress: console.log })), { days: 30 }) : null;
  const browser = await openBrowser();
  try {
    const [url, token] = [at?.url ?? world?.url ?? '', at?.token ?? (await world?.token('admin')) ?? ''];
    if (wanted.includes('documents')) await shootForDocuments(browser, url, token);
    else await shoot(browser, url, token, wanted);
    console.log(`pictures are in ${folder}`);
  } finally {
    await browser.close();
    await world?.close();
  }
}

if (import.meta.main) {
  const { SCREENSHOTS_URL: url, SCREENSHOTS_TOKEN: token } = process.env;
  await run(url && token ? { url, token } : null, process.argv.slice(2));
}
