/** Alerts, rules, targets and receivers in the hands of an operator. */
import { expect, it } from 'vitest';
import { request, send } from '../../support/telemetry.ts';
import { openPage, visit } from '../browser.ts';
import type { Known } from './opened.ts';

const MINUTE = 60_000;

export function telling(known: Known): void {
  it('takes an alert up and silences it, and Postgres knows by whom', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/alerts?alert=error-rate-1');
    await page.click('button:has-text("Acknowledge")');
    await page.waitForSelector('text=Acknowledged by operator');
    await page.click('button:has-text("Silence")');
    await page.fill('dialog input[name=reason]', 'the database is moved');
    await page.click('dialog button:has-text("Silence")');
    await page.waitForSelector('dialog', { state: 'detached' });
    await visit(page, '/alerts');
    await page.waitForSelector('text=the database is moved');
    const rows = await world.adapters.postgres.query<{ by: string }>(
      "SELECT acknowledged_by AS by FROM business_impact_alerts WHERE alert_id = 'error-rate-1'",
    );
    expect(rows[0]?.by).toMatch(/^operator/);
    await page.click('button:has-text("End")');
    await page.waitForSelector('text=the database is moved', { state: 'detached' });
  });

  it('previews a rule, changes it, and sees it fire', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/alerts?tab=rules&rule=error-rate');
    await page.fill('input[name=minSample]', '1');
    await page.fill('input[name=for]', '0s');
    await page.click('button:has-text("Preview 30 days")');
    await page.waitForSelector('text=alerts in 30 days', { timeout: 30_000 });
    const save = async (): Promise<void> => {
      await page.click('main button:has-text("Save")');
      await page.fill('dialog input[name=reason]', 'tighter');
      await page.click('dialog button:has-text("Save")');
    };
    await page.fill('input[name=critical]', '1');
    await save();
    // Critical below warning is refused, by its name; nothing that was typed is lost.
    await page.waitForSelector('dialog .fault:has-text("critical")');
    await page.click('dialog button:has-text("Cancel")');
    await page.fill('input[name=critical]', '7');
    await save();
    await page.waitForSelector('td:has-text("above 7 %")');
    await visit(page, '/alerts');
    const stages = await world.start(['window', 'alert', 'record']);
    try {
      const at = Math.floor(Date.now() / MINUTE) * MINUTE - 5 * MINUTE;
      const failed = Array.from({ length: 4 }, (_, n) => ({ event: request(at + 1000 * n, n, n === 0) }));
      // What comes later closes the window.
      await send(world.adapters, [...failed, { event: request(at + 3 * MINUTE, 9, true) }]);
      await page.waitForSelector('[aria-label="Firing alerts"] tr:has-text("75 %")', { timeout: 40_000 });
    } finally {
      await stages.stop();
    }
  });

  it('registers a receiver, tries it, renews its secret, and sends a message once more', async () => {
    const { operator } = known();
    const page = await openPage(operator, '/alerts?tab=notifications');
    await page.click('main button:text-is("Register")');
    await page.fill('dialog input[name=webhook_url]', 'https://hooks.example.com/a-test');
    await page.click('dialog button:text-is("Register")');
    const secret = await page.textContent('dialog .secret');
    expect(secret).toMatch(/^whsec_/);
    await page.click('dialog button:text-is("Done")');
    const row = page.locator('[aria-label=Webhooks] tr', { hasText: 'a-test' });
    await row.locator('button', { hasText: /^Test/ }).click();
    await page.waitForSelector('[aria-label=Messages] tr:has-text("a-test"):has-text("pending")');
    await row.locator('button', { hasText: /^Rotate/ }).click();
    await page.click('dialog button:text-is("Rotate")');
    expect(await page.textContent('dialog .secret')).not.toBe(secret);
    await page.click('dialog button:text-is("Done")');
    const given = page.locator('[aria-label=Messages] tr', { hasText: 'given up' });
    await given.locator('button:has-text("Send again")').click();
    await given.waitFor({ state: 'detached' });
    await row.locator('button', { hasText: /^Remove/ }).click();
    await page.click('dialog button:text-is("Remove")');
    await row.waitFor({ state: 'detached' });
  });

  it('sets a tenant’s target, and gives its word where no machine can judge', async () => {
    const { operator } = known();
    const page = await openPage(operator, '/revenue?tab=targets&metric=roi_percent&tenant=harbor-homes');
    await page
      .locator('tr', { has: page.locator('th:has-text("ROI")') })
      .locator('button:has-text("Set")')
      .click();
    await page.fill('dialog input[name=target]', '800');
    await page.fill('dialog input[name=reason]', 'a good customer');
    await page.click('dialog button:text-is("Set")');
    await page.waitForSelector('td:has-text("800 %")');
    await page.waitForSelector('.timeline >> text=a good customer');
    await page.click('section[aria-label="First month"] button:has-text("Attest") >> nth=0');
    await page.fill('dialog input[name=reason]', 'agreed in the review');
    await page.click('dialog button:text-is("Say so")');
    await page.waitForSelector('.badge:has-text("attested")');
  });
}
