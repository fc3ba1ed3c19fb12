/** The notify stage between Kafka, Postgres and receivers that are real servers. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../src/domain/alert.ts';
import { topics } from '../../src/domain/topics.ts';
import { resume } from '../../src/main/notify.ts';
import { announce } from '../../src/query/announce.ts';
import { redeliver } from '../../src/query/deliveries.ts';
import { acknowledge } from '../../src/query/notify/alert-rows.ts';
import { enqueue } from '../../src/query/outbox.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { createSilence, endSilence } from '../../src/query/silences.ts';
import { createWebhook, deleteWebhook, readWebhook, sealSecrets, webhookAddress } from '../../src/query/webhooks.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { reroute, tellDue } from '../../streams/notify/tell.ts';
import { eventually } from '../support/eventually.ts';
import { alertOf, routeOf, routingOf } from '../support/notify-alerts.ts';
import { type NotifyWorld, openNotifyWorld } from '../support/notify-world.ts';

const routing = `
routes:
  - name: critical
    match: { severity: [critical] }
    to: { pagerduty: [default], slack: ["#alerts"], mail: [on-call@example.com] }
    group: [rule]
    wait: 0s
    interval: 1s
  - name: warning
    match: { severity: [warning] }
    to: { slack: ["#warnings"] }
    group: [rule, tenant]
    wait: 0s
    interval: 1s
rollouts: { pagerduty: [default], slack: ["#deploys"] }
inhibit: [{ source: critical, target: warning, same: [metric] }]
`;
const all = scopeOf(null);
const now = Date.now();
let world: NotifyWorld;
let stage: RunningStage;

beforeAll(async () => {
  world = await openNotifyWorld(routing, {
    SECRETS_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    NOTIFY_ATTEMPTS: '3',
    NOTIFY_TIMEOUT_MS: '500',
  });
  stage = await world.start();
});
afterAll(() => world?.close());
beforeEach(() => {
  for (const { received } of [world.pagerduty, world.slack, world.webhook]) received.length = 0;
  world.mailbox.mails.length = 0;
});

const fresh = (rule: string, changes: Partial<Transition> = {}): Transition =>
  alertOf({ rule, title: rule, metric: rule.replaceAll('-', '_'), openedAt: now, ...changes });
const next = (alert: Transition, changes: Partial<Transition>): Transition =>
  alertOf({ ...alert, ordinal: alert.ordinal + 1, windowEnd: alert.windowEnd + 60_000, ...changes });
const resolved = (alert: Transition): Transition => next(alert, { state: 'resolved', transition: 'resolved' });

/** What was told of the alerts of one rule: others may still be on their way. */
const actions = (rule: string): string[] =>
  world.pagerduty.received.filter(({ body }) => body.dedup_key?.startsWith(rule)).map(({ body }) => body.event_action);
const posted = (rule: string): string[] =>
  world.slack.received.filter(({ body }) => body.text.includes(`: ${rule}: `)).map(({ body }) => body.text);
const mailed = (rule: string): string[] => world.mailbox.mails.map(({ subject }) => subject).filter((subject) => subject.includes(rule));
const rowsOf = (alertId: string) => world.postgres.query('SELECT * FROM business_impact_alerts WHERE alert_id = $1', [alertId]);
const deliveryOf = async (key: string) =>
  (
    await world.postgres.query<{ id: number; state: string; attempts: number; last_error: string | null }>(
      'SELECT * FROM outbox WHERE key LIKE $1',
      [key],
    )
  )[0];

describe('an alert', () => {
  const alert = fresh('errors', { tenantId: 'acme' });

  it('that is critical reaches the pager, Slack and the mailbox, and stands in the table', async () => {
    await world.sendAlerts([alert]);
    await eventually(() => expect([actions('errors'), posted('errors').length, mailed('errors').length]).toEqual([['trigger'], 1, 1]));
    expect(world.pagerduty.received[0]?.body).toMatchObject({
      dedup_key: alert.alertId,
      payload: { severity: 'critical' },
      links: [{ href: `https://impact.example/alerts/${encodeURIComponent(alert.alertId)}` }],
    });
    expect(world.mailbox.mails[0]).toMatchObject({ to: ['on-call@example.com'], subject: expect.stringContaining('CRITICAL') });
    const row = { alert_type: 'errors', severity: 'critical', tenant_id: 'acme', state: 'firing', source: 'pipeline', resolved_at: null };
    expect(await rowsOf(alert.alertId)).toMatchObject([{ ...row, metric_value: 7.25, threshold_value: 5 }]);
  });

  it('that somebody takes up is acknowledged at the pager, once, by whoever was first', async () => {
    const take = (by: string, scope = all) => world.postgres.transaction((tx) => acknowledge(tx, alert.alertId, by, scope, Date.now()));
    expect(await take('eve', scopeOf('other'))).toBeNull();
    expect(await take('ann')).toMatchObject({ acknowledgedBy: 'ann' });
    expect(await take('bob')).toMatchObject({ acknowledgedBy: 'ann' });
    await eventually(() => expect(actions('errors')).toEqual(['acknowledge']));
    await eventually(() => expect(JSON.stringify(world.slack.received)).toContain('Acknowledged by ann.'));
  });

  it('that ends resolves its incident', async () => {
    await world.sendAlerts([resolved(alert)]);
    await eventually(() => expect([actions('errors'), mailed('errors').length]).toEqual([['resolve'], 1]));
    expect(world.pagerduty.received[0]?.body.dedup_key).toBe(alert.alertId);
    expect(await rowsOf(alert.alertId)).toMatchObject([{ state: 'resolved', resolved_at: new Date(now + 60_000), acknowledged_by: 'ann' }]);
  });

  it('that is repeated on the topic is told no second time', async () => {
    await world.sendAlerts([alert, resolved(alert), fresh('marker')]);
    await eventually(() => expect(actions('marker')).toEqual(['trigger']));
    expect(actions('errors')).toEqual([]);
  });

  it('that no one can read is counted and left behind', async () => {
    await world.sendBytes(topics.alerts, Buffer.from('no alert'));
    await world.sendAlerts([fresh('after-rubbish')]);
    await eventually(() => expect(actions('after-rubbish')).toEqual(['trigger']));
    expect((await world.adapters.metrics.render()).text).toMatch(/impact_notify_skipped_total\{[^}]*\} 1/);
  });
});

describe('a topic that was made anew', () => {
  it('is taken in from its beginning, and nothing is told again', async () => {
    await world.postgres.query('UPDATE notify_positions SET next_offset = 1000000');
    await world.sendAlerts([alertOf({ rule: 'errors', title: 'errors', tenantId: 'acme', openedAt: now }), fresh('anew')]);
    await eventually(() => expect(actions('anew')).toEqual(['trigger']));
    expect(actions('errors')).toEqual([]);
  });
});

describe('a warning', () => {
  const heads = (...rules: string[]) => rules.flatMap(posted).map((text) => text.split(':')[0]);

  it('is kept quiet by the critical alert of the same cause, and told once that has ended', async () => {
    const critical = fresh('cause', { metric: 'shared' });
    await world.sendAlerts([critical, fresh('effect', { metric: 'shared', severity: 'warning', tenantId: 'acme' })]);
    await eventually(() => expect(heads('cause')).toEqual(['CRITICAL']));
    expect(heads('effect')).toEqual([]);
    await world.sendAlerts([resolved(critical)]);
    await eventually(() => expect(heads('cause', 'effect')).toEqual(['CRITICAL', 'RESOLVED', 'WARNING']));
  });

  it('that gets worse moves to the pager', async () => {
    const warning = fresh('worse', { severity: 'warning' });
    await world.sendAlerts([warning]);
    await eventually(() => expect(heads('worse')).toEqual(['WARNING']));
    await world.sendAlerts([next(warning, { severity: 'critical', previousSeverity: 'warning', transition: 'escalated' })]);
    await eventually(() => expect(actions('worse')).toEqual(['trigger']));
  });

  it('is not told while a silence lasts', async () => {
    const by = { createdBy: 'ann', reason: 'maintenance', tenantId: 'quiet', featureId: null, rule: null, severity: null };
    const lasting = { ...by, startsAt: Date.now() - 1, endsAt: Date.now() + 3_600_000 };
    const silence = await world.postgres.transaction((tx) => createSilence(tx, lasting));
    await world.sendAlerts(['quiet', 'other'].map((tenantId) => fresh('silent', { severity: 'warning', tenantId })));
    await eventually(() => expect(posted('silent')).toEqual([expect.stringContaining('other')]));
    await world.postgres.transaction((tx) => endSilence(tx, silence.id, all, 'bob', Date.now()));
    await eventually(() => expect(posted('silent')).toEqual([expect.anything(), expect.stringContaining('quiet')]));
  });
});

describe('a registered webhook', () => {
  const register = (events: Parameters<typeof createWebhook>[2]['events'], tenant: string | null = null) =>
    world.postgres.transaction((tx) =>
      createWebhook(
        tx,
        scopeOf(tenant),
        { url: `${world.webhook.url}/${tenant ?? 'all'}`, events, authentication: 'bearer_token_here' },
        'test',
        world.config.secretsKeys,
      ),
    );
  const typed = () => world.webhook.received.map(({ path, body }) => [path, body.type]).sort();

  const kept = async (id: string) =>
    (await world.postgres.query<{ secret: string }>('SELECT secret FROM webhook_secrets WHERE webhook_id = $1', [id])).map(
      ({ secret }) => secret,
    );

  it('hears of what it asked for, of its own tenant alone, signed', async () => {
    const { secret, webhook } = await register(['alert_triggered', 'alert_resolved']);
    expect(JSON.stringify(await kept(webhook.id))).not.toMatch(/whsec_|bearer_token_here/);
    await register(['threshold_exceeded'], 'acme');
    const [ours, theirs] = [fresh('hook-a', { tenantId: 'acme' }), fresh('hook-b', { tenantId: 'other' })];
    await world.sendAlerts([ours, theirs, resolved(theirs)]);
    await eventually(() =>
      expect(typed()).toEqual([
        ['/acme', 'threshold_exceeded'],
        ['/all', 'alert_resolved'],
        ['/all', 'alert_triggered'],
        ['/all', 'alert_triggered'],
      ]),
    );
    const [first] = world.webhook.received.filter(({ path }) => path === '/all');
    expect(new Webhook(secret).verify(first?.text ?? '', first?.headers as Record<string, string>)).toEqual(first?.body);
    expect(first?.headers.authorization).toBe('Bearer bearer_token_here');
  });

  it('gets what others announce and every rollout step, and people are told of the step, too', async () => {
    await register(['report_ready', 'rollout_changed', 'roi_calculation_complete']);
    const announcement = {
      id: 'report/1',
      type: 'report_ready' as const,
      occurredAt: Date.now(),
      tenantId: null,
      data: { report: 'daily' },
    };
    await world.postgres.transaction((tx) => announce(tx, announcement));
    const change = {
      changeId: 'c1',
      flagId: 'f',
      featureId: 'f',
      version: 2,
      kind: 'stage_changed',
      occurredAt: Date.now(),
      by: 'ann',
      reason: 'gates met',
    };
    await world.sendChange({ ...change, evidence: null, stageBefore: 'beta_10', stageAfter: 'beta_25' });
    await eventually(() => expect(typed().map(([, type]) => type)).toEqual(['report_ready', 'rollout_changed']));
    await eventually(() => expect(world.pagerduty.received.filter(({ path }) => path === '/v2/change/enqueue')).toHaveLength(1));
    await eventually(() => expect(world.slack.received.filter(({ body }) => body.channel === '#deploys')).toHaveLength(1));
  });

  it('has its secrets sealed by the first key, and anew when another one is put before it', async () => {
    const form = { url: `${world.webhook.url}/sealed`, events: [], authentication: 'bearer_token_here' };
    const { webhook, secret } = await world.postgres.transaction((tx) => createWebhook(tx, all, form, 'test', []));
    expect((await kept(webhook.id)).sort()).toEqual(['bearer_token_here', secret]);
    const [old = ''] = world.config.secretsKeys;
    for (const keys of [[old], [Buffer.alloc(32, 7).toString('base64'), old], [old, Buffer.alloc(32, 7).toString('base64')]]) {
      const before = await kept(webhook.id);
      await world.postgres.transaction((tx) => sealSecrets(tx, keys));
      const sealed = await kept(webhook.id);
      expect(sealed.every((one) => one.startsWith('sealed:1:') && !before.includes(one))).toBe(true);
      expect(await webhookAddress(world.postgres, webhook.id, keys.slice(0, 1))).toMatchObject({
        bearer: 'bearer_token_here',
        secrets: [secret],
      });
    }
    await expect(webhookAddress(world.postgres, webhook.id, [])).rejects.toThrow('not among those of SECRETS_KEY');
    await world.postgres.transaction((tx) => deleteWebhook(tx, all, webhook.id));
  });

  it('that fails is tried again, as late as it asks, and with the same id', async () => {
    const { webhook } = await register(['roi_calculation_complete']);
    await world.postgres.query('UPDATE webhooks SET enabled = id = $1', [webhook.id]);
    world.webhook.next.push({ status: 500 }, { status: 429, headers: { 'retry-after': '1' } });
    const from = Date.now();
    await world.postgres.transaction((tx) =>
      announce(tx, { id: 'roi/1', type: 'roi_calculation_complete', occurredAt: Date.now(), tenantId: null, data: {} }),
    );
    await eventually(() => expect(world.webhook.received).toHaveLength(1));
    expect(Date.now() - from).toBeGreaterThan(1_000);
    const delivery = await deliveryOf(`webhook/${webhook.id}/%`);
    const log = await world.postgres.query('SELECT attempt, outcome, status FROM deliveries WHERE outbox_id = $1 ORDER BY attempt', [
      delivery?.id,
    ]);
    expect(log).toEqual([
      { attempt: 1, outcome: 'retry', status: 500 },
      { attempt: 2, outcome: 'retry', status: 429 },
      { attempt: 3, outcome: 'sent', status: 200 },
    ]);
  });

  it('that answers 410 is switched off', async () => {
    const { webhook } = await register(['roi_calculation_complete']);
    await world.postgres.query('UPDATE webhooks SET enabled = id = $1', [webhook.id]);
    world.webhook.next.push({ status: 410 });
    await world.postgres.transaction((tx) =>
      announce(tx, { id: 'roi/2', type: 'roi_calculation_complete', occurredAt: Date.now(), tenantId: null, data: {} }),
    );
    await eventually(async () =>
      expect(await readWebhook(world.postgres, all, webhook.id)).toMatchObject({
        enabled: false,
        disabledReason: expect.stringContaining('410'),
      }),
    );
  });
});

describe('a message', () => {
  const mail = (key: string) => ({
    key,
    channel: 'mail' as const,
    target: 'x@example.com',
    payload: { to: ['x@example.com'], subject: key, text: 'words' },
  });

  it('that nobody takes is given up, visibly, and can be sent once more', async () => {
    world.mailbox.next.push(451, 451, 451);
    await enqueue(world.postgres, [mail('given-up')]);
    await eventually(async () =>
      expect(await deliveryOf('given-up')).toMatchObject({ state: 'dead', attempts: 3, last_error: expect.stringContaining('451') }),
    );
    await redeliver(world.postgres, all, (await deliveryOf('given-up'))?.id ?? 0);
    await eventually(() => expect(world.mailbox.mails.map(({ subject }) => subject)).toEqual(['given-up']));
  });

  it('is not sent before its time', async () => {
    await enqueue(world.postgres, [{ ...mail('later'), notBefore: Date.now() + 800 }, mail('now')]);
    const from = Date.now();
    await eventually(() => expect(world.mailbox.mails.map(({ subject }) => subject)).toEqual(['now', 'later']));
    expect(Date.now() - from).toBeGreaterThan(500);
  });

  it('of a channel that is not configured is skipped, and says so', async () => {
    await enqueue(world.postgres, [{ key: 'nowhere', channel: 'pagerduty', target: 'unknown', payload: { kind: 'change', event: {} } }]);
    await eventually(async () =>
      expect(await deliveryOf('nowhere')).toMatchObject({ state: 'skipped', last_error: expect.stringContaining('unknown') }),
    );
  });

  it('waits in its lane behind the one that is tried again', async () => {
    world.mailbox.next.push(451);
    await enqueue(
      world.postgres,
      ['first', 'second'].map((key) => ({ ...mail(key), lane: 'lane' })),
    );
    await eventually(() => expect(world.mailbox.mails.map(({ subject }) => subject)).toEqual(['first', 'second']));
  });
});

describe('another routing', () => {
  it('takes open alerts over: what they were told by ends, and they are told anew', async () => {
    const alert = fresh('moving');
    await world.sendAlerts([alert]);
    await eventually(() => expect(actions('moving')).toEqual(['trigger']));
    const { adapters, config, postgres } = world;
    const renamed = routingOf({ routes: [{ ...routeOf(), name: 'renamed' }] });
    const deps = { postgres, metrics: adapters.metrics, failpoint: () => {}, publicUrl: config.publicUrl, now: Date.now, routing: renamed };
    await stage.stop();
    await reroute(deps);
    // In the new routing the old route is unknown: its incident ends, and the new one tells the alert anew.
    await tellDue(deps);
    stage = await world.start();
    await eventually(() => expect(actions('moving')).toEqual(['trigger', 'resolve', 'trigger']));
  });
});

it('all was in the form that its receiver asks for, and the stage is ready', () => {
  expect([world.pagerduty.faults, world.slack.faults, world.webhook.faults]).toEqual([[], [], []]);
  expect(stage.health()).toEqual({ ready: true, reasons: [] });
});

describe('a stage whose Postgres was set back to a backup', () => {
  const tables = ['notify_positions', 'notify_alerts', 'notify_groups', 'outbox', 'deliveries', 'announcements', 'business_impact_alerts'];
  const each = async (sql: (table: string) => string): Promise<void> => {
    for (const table of tables) await world.postgres.query(sql(table));
  };

  it('opens no incident twice, ends those that are over, and tells people once, under a heading, what they may know', async () => {
    const [over, brief, stays] = [fresh('rest-over'), fresh('rest-brief'), fresh('rest-stays')];
    await world.sendAlerts([over]);
    await eventually(() => expect(posted('rest-over')).toHaveLength(1));
    await eventually(async () => expect(await world.waiting()).toBe(0));
    const waiting = {
      channel: 'mail' as const,
      target: 'ann@example.com',
      payload: { to: ['ann@example.com'], subject: 'rest-held', text: 'x' },
    };
    await stage.stop();
    await enqueue(world.postgres, [{ key: 'rest-held', ...waiting }]);
    await each((table) => `CREATE TABLE saved_${table} AS SELECT * FROM ${table}`);
    stage = await world.start();
    await world.sendAlerts([resolved(over), brief, stays]);
    await eventually(() =>
      expect([actions('rest-stays'), actions('rest-brief'), actions('rest-over')]).toEqual([
        ['trigger'],
        ['trigger'],
        ['trigger', 'resolve'],
      ]),
    );
    await world.sendAlerts([resolved(brief)]);
    await eventually(() => expect([mailed('rest-brief').length, mailed('rest-held').length]).toEqual([2, 1]));
    await eventually(async () => expect(await world.waiting()).toBe(0));
    await stage.stop();
    await world.postgres.query(
      'TRUNCATE notify_positions, notify_alerts, notify_groups, outbox, deliveries, announcements, business_impact_alerts',
    );
    await each((table) => `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM saved_${table}`);
    for (const { received } of [world.pagerduty, world.slack]) received.length = 0;
    world.mailbox.mails.length = 0;
    const done = await resume(world.adapters, () => undefined, now);
    expect(done).toMatchObject({ records: 4, held: 1 });
    stage = await world.start();
    await eventually(async () => expect(await world.waiting()).toBe(0));
    expect([actions('rest-over'), actions('rest-brief'), actions('rest-stays')]).toEqual([['resolve'], ['resolve'], ['trigger']]);
    expect(world.pagerduty.received.find(({ body }) => body.event_action === 'trigger')?.body.dedup_key).toBe(stays.alertId);
    for (const rule of ['rest-over', 'rest-brief', 'rest-stays']) expect([mailed(rule).length, posted(rule).length], rule).toEqual([1, 1]);
    expect(world.mailbox.mails.every(({ text }) => text.includes('was restored'))).toBe(true);
    expect(await deliveryOf('rest-held')).toMatchObject({ state: 'dead', last_error: expect.stringContaining('a backup was restored') });
    expect(await rowsOf(brief.alertId)).toMatchObject([{ state: 'resolved' }]);
  });
});
