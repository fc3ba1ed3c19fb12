/** What the overview shows: figures with their way, as they change, while the API is away, and when they are old. */
import { expect, it } from 'vitest';
import { eventOf } from '../../support/feature-events.ts';
import { openPage } from '../browser.ts';
import { violationsOf } from './looks.ts';
import type { Known } from './opened.ts';

export function figures(known: Known): void {
  it('are what the API says, tell how they came about, and list the events behind them with each one’s own story', async () => {
    const { world, operator, viewerToken } = known();
    const page = await openPage(operator, '/?range=7d');
    const answer = await fetch(`${world.url}/api/v1/business-impact/current?period=last7d`, {
      headers: { authorization: `Bearer ${viewerToken}` },
    });
    const { total, calculation } = (await answer.json()) as { total: { costUsd: string }; calculation: { version: number } };
    const shown = await page.textContent('section[aria-label=Cost] .value');
    expect(shown).toContain(`$${Math.round(Number(total.costUsd)).toLocaleString('en-US')}`);
    await page.click('section[aria-label=Cost] .why');
    await page.waitForSelector('dialog tbody tr');
    const told = await page.textContent('dialog');
    expect(told).toContain('GET /api/v1/business-impact/current');
    expect(told).toContain(`formulas of version ${calculation.version}`);
    await page.click('dialog tbody tr >> nth=0 >> button');
    await page.waitForSelector('dialog .story >> text=Counts in');
    expect(await violationsOf(page)).toEqual([]);
  });

  it('show an event that was stored by somebody else, without being asked', async () => {
    const { world, viewer } = known();
    const page = await openPage(viewer, '/?range=24h&feature=live_feature');
    await page.waitForSelector('.live.on');
    const at = new Date(Date.now() - 60_000).toISOString();
    await world.store([
      eventOf('custom-metrics', at, { featureId: 'live_feature', tenantId: 'harbor-homes', metric: 'signups', value: 1, valueUsd: 4321 }),
    ]);
    await page.waitForSelector('text=$4,321', { timeout: 20_000 });
  });

  it('say so when the newest event is an hour old', async () => {
    const { world, viewer } = known();
    const at = new Date(Date.now() - 3_600_000).toISOString();
    await world.store([eventOf('lead-intelligence', at, { tenantId: 'quiet-tenant' })]);
    const page = await openPage(viewer, '/?range=24h&tenant=quiet-tenant');
    expect(await page.textContent('main')).toMatch(/Stale: the newest event is of 1 h( \d+ min)? ago/);
  });

  it('stay while the API is away, say that they are old, and go on by themselves', async () => {
    const { world, viewer } = known();
    const page = await openPage(viewer, '/?range=7d');
    const before = await page.textContent('section[aria-label=Value] .value');
    await world.stopApi();
    await page.waitForSelector('.live.down');
    expect(await page.textContent('section[aria-label=Value] .value')).toBe(before);
    await world.startApi();
    await page.waitForSelector('.live.on', { timeout: 20_000 });
  });
}
