/** The dashboard in a real browser, on the API with real components behind it. One world, one browser; test/web/cases says what is looked at. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../support/stack.ts';
import { openBrowser, signedIn } from './browser.ts';
import { figures } from './cases/figures.ts';
import { looks, violationsOf } from './cases/looks.ts';
import type { Known } from './cases/opened.ts';
import { ordering } from './cases/orders.ts';
import { telling } from './cases/telling.ts';
import { viewing } from './cases/viewer.ts';
import { openWorld, type World } from './world.ts';

/** The world is made of all components at once; a machine that does other things as well needs its time. */
const OPENING_MS = 240_000;

let world: World;
let browser: Browser;
let operator: BrowserContext;
let viewer: BrowserContext;
let viewerToken: string;
const known: Known = () => ({ world, browser, operator, viewer, viewerToken });

beforeAll(async () => {
  // Mails are written, and nobody sends them here.
  const env = { SMTP_SERVER: '127.0.0.1' };
  [world, browser] = await Promise.all([openWorld(endpoints(), { days: 3, env }), openBrowser()]);
  viewerToken = await world.token('viewer');
  operator = await signedIn(browser, world.url, await world.token('operator'));
  viewer = await signedIn(browser, world.url, viewerToken);
}, OPENING_MS);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

// Also where a case has failed: each page holds a connection, and a browser has six for a server.
afterEach(async () => {
  for (const context of [operator, viewer]) for (const page of context?.pages() ?? []) await page.close();
});

describe('every view', () => looks(known));
describe('figures', () => figures(known));
describe('a viewer', () => viewing(known));
describe('an operator', () => {
  ordering(known);
  telling(known);
});

describe('signing in', () => {
  it('takes a token that works and no other, and forgets it on signing out', async () => {
    const context = await browser.newContext({ baseURL: world.url });
    const page = await context.newPage();
    await page.goto('/revenue?range=7d');
    expect(await violationsOf(page)).toEqual([]);
    await page.fill('input[name=token]', 'imp_000000000000_nothing');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]');
    await page.fill('input[name=token]', viewerToken);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("Revenue impact")');
    expect(new URL(page.url()).search).toBe('?range=7d');
    expect(await context.cookies()).toEqual([]);
    await page.click('text=Sign out');
    await page.reload();
    await page.waitForSelector('h1:text("Sign in")');
    await context.close();
  });
});
