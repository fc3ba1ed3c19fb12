/** A report as a browser shows it: readable for everybody, on a phone as well, and without anything from outside. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageHtml } from '../../src/domain/report/html.ts';
import { pageOf } from '../../src/domain/report/layout.ts';
import { reportOf } from '../../src/domain/report.ts';
import { figuresOf, hostileName } from '../support/report.ts';
import { openBrowser } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const figures = figuresOf();
const html = pageHtml(pageOf(reportOf(figures)));
const hostile = pageHtml(
  pageOf(
    reportOf({
      ...figures,
      alerts: figures.alerts.map((one) => ({ ...one, title: hostileName, firing: true })),
      notes: [hostileName],
      costs: figures.costs.map((one) => ({ ...one, category: hostileName })),
    }),
  ),
);

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

describe('a report in a browser', () => {
  it('has nothing that axe objects to on a phone, and does not scroll sideways there', async () => {
    // The page forbids scripts: only axe's is let in.
    const page = await (await browser.newContext({ viewport: { width: 360, height: 900 }, bypassCSP: true })).newPage();
    await page.setContent(html);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await page.evaluate(axe);
    const { violations } = (await page.evaluate(
      'axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] })',
    )) as AxeResults;
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });

  it('runs nothing and asks for nothing, whatever names stand in it', async () => {
    const page = await (await browser.newContext()).newPage();
    const [requests, dialogs]: [string[], string[]] = [[], []];
    page.on('request', (request) => requests.push(request.url()));
    page.on('dialog', async (dialog) => {
      dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    await page.setContent(hostile);
    expect(await page.textContent('main')).toContain("<script>alert('x')</script>");
    expect([requests, dialogs, await page.locator('script').count()]).toEqual([[], [], 0]);
  });
});
