/** Alerts, rules, targets and receivers in the hands of an operator. */

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { attestKpi } from '../../../src/query/kpi.ts';
import { enqueue } from '../../../src/query/outbox.ts';
import { setTarget } from '../../../src/query/targets.ts';
import { eventually } from '../../support/eventually.ts';
import { request, send } from '../../support/telemetry.ts';
import { openPage, visit } from '../browser.ts';
import type { Known } from './opened.ts';

const MINUTE = 60_000;

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

/** The day from which the checklists count, as the page says it. */
const beginOf = async (page: Page): Promise<string> =>
  /\d{4}-\d\d-\d\d/.exec((await page.textContent('main >> text=Counted from')) ?? '')?.[0] ?? '';

export function telling(known: Known): void {
  it('takes an alert up and silences it by keyboard alone, and Postgres knows by whom', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/alerts?alert=error-rate-1');
    await page.focus('button:has-text("Acknowledge")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Acknowledged by operator');
    // The button is gone, and with it where one was: the next one is that beside it.
    await eventually(async () => expect(await focused(page)).toContain('Error rate'));
    for (let i = 0; i < 4 && (await focused(page)) !== 'Silence'; i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await focused(page)).toBe('Silence');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    // It begins with its first field.
    await page.keyboard.press('Tab');
    await page.keyboard.type('the database is moved');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await focused(page)).toBe('Silence');
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

  it('registers a receiver of what it chose, tries it, renews its secret, switches it off and on, and removes it', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/alerts?tab=notifications');
    const stored = (): Promise<{ enabled: boolean; events: string[] }[]> =>
      world.adapters.postgres.query("SELECT enabled, events FROM webhooks WHERE url LIKE '%a-test'");
    await page.click('main button:text-is("Register")');
    await page.fill('dialog input[name=webhook_url]', 'https://hooks.example.com/a-test');
    await page.uncheck('dialog input[name=alert_resolved]');
    await page.check('dialog input[name=report_ready]');
    await page.click('dialog button:text-is("Register")');
    const secret = await page.textContent('dialog .secret');
    expect(secret).toMatch(/^whsec_/);
    await page.click('dialog button:text-is("Done")');
    expect(await stored()).toEqual([{ enabled: true, events: ['alert_triggered', 'report_ready'] }]);
    const row = page.locator('[aria-label=Webhooks] tr', { hasText: 'a-test' });
    const press = (label: RegExp): Promise<void> => row.locator('button', { hasText: label }).click();
    await press(/^Test/);
    await page.waitForSelector('[aria-label=Messages] tr:has-text("a-test"):has-text("pending")');
    await press(/^Rotate/);
    await page.click('dialog button:text-is("Rotate")');
    expect(await page.textContent('dialog .secret')).not.toBe(secret);
    await page.click('dialog button:text-is("Done")');
    await press(/^Switch off/);
    await row.locator('.badge:has-text("off")').waitFor();
    expect(await stored()).toMatchObject([{ enabled: false }]);
    await press(/^Switch on/);
    await row.locator('.badge:has-text("on")').waitFor();
    expect(await stored()).toMatchObject([{ enabled: true }]);
    await press(/^Remove/);
    await page.click('dialog button:text-is("Remove")');
    await row.waitFor({ state: 'detached' });
    expect(await stored()).toEqual([]);
    // What was pressed is gone; the keyboard goes on from where it stood.
    expect(await page.evaluate(() => document.activeElement?.querySelector('h2')?.textContent)).toBe('Webhooks');
  });

  it('finds a message by its receiver and state, reads its attempts, and sends it once more', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/alerts?tab=notifications');
    const messages = page.locator('[aria-label=Messages] tbody tr');
    await page.click('[aria-label=Webhooks] a:has-text("crm.example.com")');
    await page.waitForSelector('h2:text-is("Messages to this webhook")');
    await eventually(async () => expect(await messages.count()).toBe(1));
    await page.click('a:text-is("All receivers")');
    await eventually(async () => expect(await messages.count()).toBeGreaterThan(2));
    await page.selectOption('main select', 'dead');
    await eventually(async () => expect(await messages.count()).toBe(1));
    expect(new URL(page.url()).searchParams.get('state')).toBe('dead');
    await messages.locator('button.why').click();
    await page.waitForSelector('dialog .timeline >> text=Attempt 8');
    await page.keyboard.press('Escape');
    await messages.locator('button:has-text("Send again")').click();
    await page.waitForSelector('main >> text=Nobody was told of anything');
    const [row] = await world.adapters.postgres.query<{ state: string }>("SELECT state FROM outbox WHERE key = 'webhook/errors'");
    expect(row?.state).toBe('pending');
  });

  it('sets a tenant’s target, withdraws it, and gives its word where no machine can judge', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/revenue?tab=targets&tenant=harbor-homes');
    await page.click('main th a:text-is("ROI")');
    const roi = page.locator('tr', { has: page.locator('th:has-text("ROI")') });
    const set = async (target: string, reason: string): Promise<void> => {
      await roi.locator('button:has-text("Set")').click();
      await page.fill('dialog input[name=target]', target);
      await page.fill('dialog input[name=reason]', reason);
      await page.click('dialog button:text-is("Set")');
      await page.waitForSelector(`.timeline >> text=${reason}`);
    };
    await set('800', 'a good customer');
    await page.waitForSelector('td:has-text("800 %")');
    await set('', 'not that good');
    await page.waitForSelector('td:has-text("710 %")');
    const targets = await world.adapters.postgres.query<{ target: number | null; by: string }>(
      "SELECT target, set_by AS by FROM targets WHERE tenant_id = 'harbor-homes' ORDER BY version",
    );
    expect(targets.map(({ target }) => target)).toEqual([800, null]);
    expect(targets[0]?.by).toMatch(/^operator/);
    const [first] = [page.locator('section[aria-label="First month"] li', { has: page.locator('button') }).first()];
    const attest = async (word: string, note: string, shown: string): Promise<void> => {
      await first.locator('button:has-text("Attest")').click();
      await page.selectOption('dialog select[name=met]', word);
      await page.fill('dialog input[name=reason]', note);
      await page.click('dialog button:text-is("Say so")');
      await first.locator(`.badge:has-text("${shown}")`).waitFor();
    };
    await attest('yes', 'agreed in the review', 'attested');
    await attest('no', 'taken back in the review', 'said to be missed');
    const words = await world.adapters.postgres.query<{ met: boolean; note: string }>('SELECT met, note FROM kpi_attestations ORDER BY id');
    expect(words).toEqual([
      { met: true, note: 'agreed in the review' },
      { met: false, note: 'taken back in the review' },
    ]);
  });

  it('sees what somebody else has set, sent and silenced, without asking', async () => {
    const { world, operator, viewer } = known();
    const { postgres } = world.adapters;
    const [targets, messages, alerts] = [
      await openPage(viewer, '/revenue?tab=targets&metric=uptime_percent'),
      await openPage(viewer, '/alerts?tab=notifications'),
      await openPage(operator, '/alerts'),
    ];
    for (const page of [targets, messages, alerts]) await page.waitForSelector('.live.on');
    const today = new Date().toISOString().slice(0, 10);
    const wanted = {
      metric: 'uptime_percent',
      tenantId: '',
      featureId: '',
      effectiveFrom: today,
      target: 99.5,
      warning: 99,
      critical: 98,
    } as const;
    await setTarget(postgres, wanted, { by: 'ada', reason: 'as the contract says' });
    await attestKpi(postgres, { since: await beginOf(targets), line: 'impact-validated', met: true, note: 'a round of calls', by: 'ada' });
    await enqueue(postgres, [{ key: 'mail/elsewhere', channel: 'mail', target: 'board', subject: 'told by another process', payload: {} }]);
    await postgres.query(
      "INSERT INTO silences (id, rule, starts_at, ends_at, created_by, reason) VALUES (gen_random_uuid(), 'uptime', now(), now() + interval '1 hour', 'ada', 'quiet, please')",
    );
    await targets.waitForSelector('.timeline >> text=as the contract says', { timeout: 20_000 });
    await targets.waitForSelector('text=a round of calls', { timeout: 20_000 });
    await messages.waitForSelector('[aria-label=Messages] tr:has-text("told by another process")', { timeout: 20_000 });
    await alerts.waitForSelector('text=quiet, please', { timeout: 20_000 });
  });
}
