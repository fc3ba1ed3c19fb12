/** Every view: for everyone, in both themes, from a phone to a wall, by keyboard, and on paper. */
import AxeBuilder from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pagePaths } from '../../../src/api/static.ts';
import { openPage, signedIn, visit } from '../browser.ts';
import type { Known } from './opened.ts';

const standards = { type: 'tag' as const, values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
const colors = { type: 'rule' as const, values: ['color-contrast', 'link-in-text-block'] };

/** What axe-core has to say against a page, by WCAG 2.2 AA. */
export async function violationsOf(page: Page, runOnly: typeof standards | typeof colors = standards): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AxeBuilder.source);
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof AxeBuilder };
    const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'], preload: false });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  }, runOnly);
}

const details = [
  '/revenue?tab=targets&metric=roi_percent',
  '/experiments?experiment=ai_coaching&metric=productivity_score',
  '/flags?flag=ai_coaching',
  '/rollout?flag=ai_coaching',
  '/alerts?alert=error-rate-1',
  '/alerts?tab=rules',
  '/alerts?tab=rules&rule=error-rate',
  '/alerts?tab=notifications',
  '/quality?tab=replays',
];

const beyond = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

export function looks(known: Known): void {
  const complaints: string[] = [];
  let page: Page;
  beforeAll(async () => {
    const { browser, world } = known();
    page = await openPage(await signedIn(browser, world.url, await world.token('admin')), '/', complaints);
  });
  afterAll(() => page?.context().close());

  it.each([...pagePaths, ...details])('obeys WCAG 2.2 AA and its own policy, light and dark, from 360 px to 4K: %s', async (path) => {
    await visit(page, path);
    expect(await violationsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    // Only colours are others then.
    expect(await violationsOf(page, colors)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    for (const [width, height] of [
      [360, 740],
      [3840, 2160],
      [1440, 900],
    ] as const) {
      await page.setViewportSize({ width, height });
      // Charts are drawn anew when the browser tells them of their new width.
      await expect.poll(() => beyond(page), { message: `${width} px`, timeout: 10_000 }).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });

  describe('the page', () => {
    it('is read and used by keyboard alone, and gives the focus back', async () => {
      await visit(page, '/?range=7d');
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
      const figure = page.locator('section[aria-label=Cost] .why');
      await figure.focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog tbody tr');
      expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
      expect(await figure.evaluate((one) => one === document.activeElement)).toBe(true);
    });

    it('moves nothing where motion is not wanted, and prints figures without controls', async () => {
      const moving = await page.evaluate(() => {
        const one = document.body.appendChild(Object.assign(document.createElement('i'), { className: 'skeleton' }));
        const { animationName } = getComputedStyle(one);
        one.remove();
        return animationName;
      });
      expect(moving).toBe('none');
      await page.emulateMedia({ media: 'print' });
      expect(await page.isVisible('.side')).toBe(false);
      expect(await page.isVisible('main .button')).toBe(false);
      expect(await page.isVisible('section[aria-label=Value] .value')).toBe(true);
      await page.emulateMedia({ media: 'screen' });
    });
  });
}
