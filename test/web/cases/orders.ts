/** What an operator orders in the browser arrives where it belongs: Redis, Postgres, Kafka, the figures. */
import { expect, it } from 'vitest';
import { deadLetterHeaders } from '../../../src/domain/deadletter.ts';
import { topicName } from '../../../src/domain/names.ts';
import { eventTopics, topics } from '../../../src/domain/topics.ts';
import { eventually } from '../../support/eventually.ts';
import { eventOf } from '../../support/feature-events.ts';
import { definition } from '../../support/flags.ts';
import { openPage, visit } from '../browser.ts';
import type { World } from '../world.ts';
import { deadLetterRows } from '../world-rows.ts';
import type { Known } from './opened.ts';

const stageIn = async ({ adapters }: World, flag: string): Promise<string | undefined> =>
  (await adapters.flags.list()).flags.find(({ id }) => id === flag)?.stage;

/** A valid event in the dead-letter topic, as if the cause of its death had been mended since. */
async function letterOf({ adapters: { config, producer, registry } }: World): Promise<string> {
  const kind = 'lead-intelligence';
  const topic = topicName(config.namespace, eventTopics[kind]);
  const event = eventOf(kind, new Date(Date.now() - 60_000).toISOString(), { tenantId: 'redriven' });
  const fault = { reason: 'invalid_field' as const, message: 'a fault of a version before this one', field: 'responseTimeSeconds' };
  const origin = { topic, partition: 0, offset: '0', timestamp: String(event.occurredAt) };
  const headers = deadLetterHeaders({}, origin, { fault, step: 'store.validate', schemaId: null, version: '0.1.0' });
  const value = (await registry.encoder(kind))(event);
  await (await producer()).send(topicName(config.namespace, topics.deadLetters), [{ key: 'redriven', value, headers }]);
  return topic;
}

export function ordering(known: Known): void {
  it('leads a rollout by its plan: on, paused, back; Redis knows, and so does the audit', async () => {
    const { world, operator } = known();
    const by = { by: 'a test', reason: 'to lead it' };
    await world.adapters.flags.create(definition({ id: 'guided_tour', featureId: 'guided_tour', stage: 'internal' }), by);
    const steps = [{ stage: 'internal', minimumDays: 0 }, 'beta_10', 'ga'];
    await world.adapters.rollouts.plan('guided_tour', { flagId: 'guided_tour', approval: 'manual', metrics: ['tours'], steps }, null, by);
    const page = await openPage(operator, '/rollout?flag=guided_tour');
    const order = async (label: string, reason: string, shown: string): Promise<void> => {
      await page.click(`main button:text-is("${label}")`);
      await page.click(`dialog button:text-is("${label}")`);
      // There is no order without a reason.
      expect(await page.locator('dialog').count()).toBe(1);
      await page.fill('dialog input[name=reason]', reason);
      await page.click(`dialog button:text-is("${label}")`);
      await page.waitForSelector(`.badge:has-text("${shown}")`);
      await page.waitForSelector(`.timeline >> text=${reason}`);
    };
    await order('Start', 'let us begin', 'running');
    await order('Advance', 'numbers look good', 'running');
    await eventually(async () => expect(await stageIn(world, 'guided_tour')).toBe('beta_10'));
    await page.focus('main button:text-is("Pause")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog input[name=reason]:focus');
    await page.keyboard.type('a holiday');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.badge:has-text("paused")');
    await page.waitForSelector('.timeline >> text=a holiday');
    // Where it was pressed there is another button now: the keyboard goes on from its area.
    await eventually(async () =>
      expect(await page.evaluate(() => document.activeElement?.querySelector('button')?.textContent)).toBe('Resume'),
    );
    await order('Roll back', 'tours end in the middle', 'rolled back');
    await eventually(async () => expect(await stageIn(world, 'guided_tour')).toBe('disabled'));
    expect(await page.locator('main button:text-is("Advance")').count()).toBe(0);
  });

  it('advances a flag that no plan leads', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/rollout?flag=property_intelligence');
    await page.click('button:has-text("Advance to 50 %")');
    await page.fill('dialog input[name=reason]', 'numbers look good');
    await page.click('dialog button:has-text("Advance to 50 %")');
    await page.waitForSelector('.timeline >> text=numbers look good');
    expect(await stageIn(world, 'property_intelligence')).toBe('beta_50');
  });

  it('edits a flag, and sees what a user gets and why', async () => {
    const page = await openPage(known().operator, '/flags?flag=churn_prevention');
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

  it('replays a day after a dry run, and the figure changes', async () => {
    const { world, operator } = known();
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const worth = { featureId: 'live_feature', tenantId: 'replayed', metric: 'signups', value: 1, valueUsd: 777 };
    // A row of the raw table that no rollup knows of.
    await world.storeRaw([eventOf('custom-metrics', `${day}T10:00:00Z`, worth)]);
    const page = await openPage(operator, '/quality?tab=replays&tenant=replayed');
    await page.fill('input[name=from]', day);
    await page.fill('input[name=to]', day);
    expect(await page.isDisabled('button:text-is("Replay")')).toBe(true);
    await page.click('button:has-text("Dry run")');
    await page.waitForSelector('text=$0 → $777');
    await page.click('button:text-is("Replay")');
    await page.waitForSelector('.badge:text("done")', { timeout: 40_000 });
    await visit(page, '/?range=7d&tenant=replayed');
    await page.waitForSelector('section[aria-label=Value] .value:has-text("$777")');
  });

  it('redrives dead letters once it has seen how many, and the topic has them', async () => {
    const { world, operator } = known();
    const topic = await letterOf(world);
    await world.adapters.clickhouse.insertRows(
      'dead_letters',
      deadLetterRows(Date.now())
        .slice(0, 1)
        .map((row) => ({ ...row, topic })),
    );
    const page = await openPage(operator, '/quality');
    const row = page.locator('tr', { hasText: topic });
    await row.locator('button:has-text("Redrive")').click();
    await page.waitForSelector('dialog >> text=1 record would be sent again');
    await page.click('dialog button:has-text("Send again")');
    await page.waitForSelector('dialog >> text=1 record was sent again');
    const keys: string[] = [];
    await world.adapters.readTopic(topic, { since: 0, follow: false }, ({ key }) => void keys.push(String(key)));
    expect(keys).toEqual(['redriven']);
  });

  it('sends a report, which stands among the messages and is sent by its own name', async () => {
    const { world, operator } = known();
    const page = await openPage(operator, '/reports?kind=daily');
    await page.click('main button:text-is("Send")');
    await page.fill('dialog input[name=to]', 'board@example.com');
    await page.click('dialog button:text-is("Send")');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.waitForSelector('section:has(h2:text-is("Sent")) li:has-text("daily report"):has-text("pending")');
    const rows = await world.adapters.postgres.query<{ channel: string }>(
      "SELECT channel FROM outbox WHERE payload::text LIKE '%board@example.com%'",
    );
    expect(rows).toEqual([{ channel: 'mail' }]);
  });
}
