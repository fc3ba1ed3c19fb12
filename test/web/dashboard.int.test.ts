/** The dashboard in a real browser, on the API with real components behind it. One world, one browser, a page for each case. */
import AxeBuilder from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pagePaths } from '../../src/api/static.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf } from '../support/feature-events.ts';
import { endpoints } from '../support/stack.ts';
import { openBrowser, openPage, settled, signedIn } from './browser.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let browser: Browser;
let operator: BrowserContext;
let viewer: BrowserContext;
let viewerToken: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(endpoints(), { days: 3 }), openBrowser()]);
  viewerToken = await world.token('viewer');
  operator = await signedIn(browser, world.url, await world.token('operator'));
  viewer = await signedIn(browser, world.url, viewerToken);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

// Also where a case has failed: each page holds a connection, and a browser has six for a server.
afterEach(async () => {
  for (const context of [operator, viewer]) for (const page of context?.pages() ?? []) await page.close();
});

const standards = { type: 'tag' as const, values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
const colors = { type: 'rule' as const, values: ['color-contrast', 'link-in-text-block'] };

/** What axe-core has to say against a page, by WCAG 2.2 AA. */
async function violationsOf(page: Page, runOnly: typeof standards | typeof colors = standards): Promise<string[]> {
  await page.evaluate(AxeBuilder.source);
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof AxeBuilder };
    const { violations } = await axe.run(document, { runOnly });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  }, runOnly);
}

const details = [
  '/experiments?experiment=ai_coaching&metric=productivity_score',
  '/flags?flag=ai_coaching',
  '/rollout?flag=ai_coaching',
  '/alerts?alert=error-rate-1',
  '/alerts?tab=rules',
  '/alerts?tab=rules&rule=error-rate',
  '/quality?tab=replays',
];

describe('every page', () => {
  it.each([...pagePaths, ...details])('obeys WCAG 2.2 AA and its own policy, light and dark: %s', async (path) => {
    const complaints: string[] = [];
    const page = await openPage(operator, path, complaints);
    expect(await violationsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    // Only colours are others then.
    expect(await violationsOf(page, colors)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
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

describe('the overview', () => {
  it('shows what the API says, tells how a figure came about, and lists the events behind it', async () => {
    const page = await openPage(operator, '/?range=7d');
    const answer = await fetch(`${world.url}/api/v1/business-impact/current?period=last7d`, {
      headers: { authorization: `Bearer ${viewerToken}` },
    });
    const { total } = (await answer.json()) as { total: { costUsd: string } };
    const shown = await page.textContent('section[aria-label=Cost] .value');
    expect(shown).toContain(`$${Math.round(Number(total.costUsd)).toLocaleString('en-US')}`);
    await page.click('section[aria-label=Cost] .why');
    await page.waitForSelector('dialog tbody tr');
    expect(await page.textContent('dialog')).toContain('GET /api/v1/business-impact/current');
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
  });

  it('shows an event that was stored by somebody else, without being asked', async () => {
    const page = await openPage(viewer, '/?range=24h&feature=live_feature');
    await page.waitForSelector('.live.on');
    const at = new Date(Date.now() - 60_000).toISOString();
    await world.store([
      eventOf('custom-metrics', at, { featureId: 'live_feature', tenantId: 'harbor-homes', metric: 'signups', value: 1, valueUsd: 4321 }),
    ]);
    await page.waitForSelector('text=$4,321', { timeout: 20_000 });
  });

  it('says so when the newest event is an hour old', async () => {
    const at = new Date(Date.now() - 3_600_000).toISOString();
    await world.store([eventOf('lead-intelligence', at, { tenantId: 'quiet-tenant' })]);
    const page = await openPage(viewer, '/?range=24h&tenant=quiet-tenant');
    expect(await page.textContent('main')).toMatch(/Stale: the newest event is of 1 h( \d+ min)? ago/);
  });

  it('keeps its figures while the API is away, says that they are old, and goes on by itself', async () => {
    const page = await openPage(viewer, '/?range=7d');
    const before = await page.textContent('section[aria-label=Value] .value');
    await world.stopApi();
    await page.waitForSelector('.live.down');
    expect(await page.textContent('section[aria-label=Value] .value')).toBe(before);
    await world.startApi();
    await page.waitForSelector('.live.on', { timeout: 20_000 });
  });
});

describe('a viewer', () => {
  it('sees no control, and is refused when it asks the API itself', async () => {
    const page = await openPage(viewer, '/rollout?flag=ai_coaching');
    expect(await page.textContent('main')).toContain('takes an operator’s token');
    for (const [path, control] of [
      ['/rollout?flag=ai_coaching', 'Advance'],
      ['/flags?flag=ai_coaching', 'Edit'],
      ['/alerts?tab=rules', 'New rule'],
      ['/alerts?tab=rules&rule=error-rate', 'Save'],
      ['/quality', 'Redrive'],
      ['/quality?tab=replays', 'Dry run'],
      ['/reports', 'Send'],
    ] as const) {
      await page.goto(path);
      await settled(page);
      expect(await page.locator(`main :is(button, a.button):has-text("${control}")`).count(), path).toBe(0);
    }
    await page.close();
    const asked: [string, string, object][] = [
      ['POST', '/api/v1/flags/ai_coaching/stage', { stage: 'ga' }],
      ['PATCH', '/api/v1/flags/ai_coaching', { name: 'x' }],
      ['PUT', '/api/v1/rules/error-rate', {}],
      ['POST', '/api/v1/rules/preview', {}],
      ['POST', '/api/v1/replays', { from: '2026-01-01', to: '2026-01-01' }],
      ['POST', '/api/v1/dead-letters/redrive', {}],
    ];
    const headers = { authorization: `Bearer ${viewerToken}`, 'content-type': 'application/json', 'if-match': '*' };
    for (const [method, path, body] of asked) {
      const { status } = await fetch(`${world.url}${path}`, { method, headers, body: JSON.stringify(body) });
      expect([path, status]).toEqual([path, 403]);
    }
  });
});

describe('an operator', () => {
  it('advances a rollout, and Redis knows', async () => {
    const page = await openPage(operator, '/rollout?flag=property_intelligence');
    await page.click('button:has-text("Advance to 50 %")');
    await page.click('dialog button:has-text("Advance to 50 %")');
    // There is no change without a reason.
    expect(await page.locator('dialog').count()).toBe(1);
    await page.fill('dialog input[name=reason]', 'numbers look good');
    await page.click('dialog button:has-text("Advance to 50 %")');
    await page.waitForSelector('.timeline >> text=numbers look good');
    const { flags } = await world.adapters.flags.list();
    expect(flags.find(({ id }) => id === 'property_intelligence')?.stage).toBe('beta_50');
  });

  it('edits a flag, and sees what a user gets and why', async () => {
    const page = await openPage(operator, '/flags?flag=churn_prevention');
    await page.click('button:has-text("Edit")');
    await page.fill('dialog textarea[name=allowed]', 'acme\nglobex');
    await page.fill('dialog input[name=reason]', 'first customers');
    await page.click('dialog button:has-text("Save")');
    await page.waitForSelector('dd:has-text("acme, globex")');
    await page.fill('input[name=tenantId]', 'acme');
    await page.fill('input[name=userId]', 'user-1');
    await eventually(async () => {
      await page.click('button:has-text("Evaluate")');
      expect(await page.textContent('main [role=status] .badge')).toContain('has it');
    });
  });

  it('takes an alert up and silences it, and Postgres knows by whom', async () => {
    const page = await openPage(operator, '/alerts?alert=error-rate-1');
    await page.click('button:has-text("Acknowledge")');
    await page.waitForSelector('text=Acknowledged by operator');
    await page.click('button:has-text("Silence")');
    await page.fill('dialog input[name=reason]', 'the database is moved');
    await page.click('dialog button:has-text("Silence")');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.goto('/alerts');
    await page.waitForSelector('text=the database is moved');
    const rows = await world.adapters.postgres.query<{ by: string }>(
      "SELECT acknowledged_by AS by FROM business_impact_alerts WHERE alert_id = 'error-rate-1'",
    );
    expect(rows[0]?.by).toMatch(/^operator/);
    await page.click('button:has-text("End")');
    await page.waitForSelector('text=the database is moved', { state: 'detached' });
  });

  it('previews a rule, changes it, and the API has it', async () => {
    const page = await openPage(operator, '/alerts?tab=rules&rule=error-rate');
    await page.fill('input[name=minSample]', '1');
    await page.fill('input[name=for]', '0s');
    await page.click('button:has-text("Preview 30 days")');
    await page.waitForSelector('text=alerts in 30 days', { timeout: 30_000 });
    await page.fill('input[name=critical]', 'abc').catch(() => {});
    await page.fill('input[name=critical]', '1');
    await page.click('button:has-text("Save")');
    await page.fill('dialog input[name=reason]', 'tighter');
    await page.click('dialog button:has-text("Save")');
    // Critical below warning is refused, by its name; nothing that was typed is lost.
    await page.waitForSelector('dialog .fault:has-text("critical")');
    await page.click('dialog button:has-text("Cancel")');
    await page.fill('input[name=critical]', '7');
    await page.click('button:has-text("Save")');
    await page.fill('dialog input[name=reason]', 'tighter');
    await page.click('dialog button:has-text("Save")');
    await page.waitForSelector('td:has-text("above 7")');
  });

  it('replays a day after a dry run, and the figure changes', async () => {
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    // A row of the raw table that no rollup knows of.
    await world.storeRaw([
      eventOf('custom-metrics', `${day}T10:00:00Z`, {
        featureId: 'live_feature',
        tenantId: 'replayed',
        metric: 'signups',
        value: 1,
        valueUsd: 777,
      }),
    ]);
    const page = await openPage(operator, '/quality?tab=replays&tenant=replayed');
    await page.fill('input[name=from]', day);
    await page.fill('input[name=to]', day);
    expect(await page.isDisabled('button:text-is("Replay")')).toBe(true);
    await page.click('button:has-text("Dry run")');
    await page.waitForSelector('text=$0 → $777');
    await page.click('button:text-is("Replay")');
    await page.waitForSelector('.badge:text("done")', { timeout: 40_000 });
    await page.goto('/?range=7d&tenant=replayed');
    await settled(page);
    expect(await page.textContent('section[aria-label=Value] .value')).toContain('$777');
  });

  it('sees how many dead letters would be sent again before sending any', async () => {
    const page = await openPage(operator, '/quality');
    await page.click('button:has-text("Redrive") >> nth=0');
    await page.waitForSelector('dialog >> text=would be sent again');
    // The rows were written by the test, and the topic holds none.
    expect(await page.isDisabled('dialog button:has-text("Send again")')).toBe(true);
  });
});
