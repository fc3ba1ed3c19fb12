/** Notify is killed again and again while alerts come and go, and stormed with ten thousand: everything is told, and once each. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../src/domain/alert.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { createWebhook } from '../../src/query/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { alertOf } from '../support/notify-alerts.ts';
import { type NotifyWorld, openNotifyWorld } from '../support/notify-world.ts';
import { randomOf } from '../support/store-load.ts';

const KILLS = Number(process.env['IMPACT_NOTIFY_KILLS'] ?? 30);
const AT_ONCE = 3;
const ROUNDS = Math.ceil(KILLS / AT_ONCE);
const PER_ROUND = 12;
const points = ['notify.before-commit', 'notify.after-commit', 'notify.before-tell', 'notify.before-send', 'notify.after-send'];

let world: NotifyWorld;
afterEach(() => world?.close());

const receiversOf = (group: string) => `
    to: { pagerduty: [default], mail: [on-call@example.com] }
    group: [${group}]
    wait: 0s
    interval: 1s
`;

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

/** Alerts of one tenant each, sent a few at a time; each is over two rounds after it began. */
function comings(round: number, perRound: number): Transition[] {
  const of = (r: number, state: Transition['state']): Transition[] =>
    r < 0
      ? []
      : Array.from({ length: perRound }, (_, i) => {
          const openedAt = Date.now() - 60_000;
          const alert = { alertId: `load:t${r}-${i}`, fingerprint: `load:t${r}-${i}`, rule: 'load', tenantId: `t${r}-${i}`, openedAt };
          return alertOf({ ...alert, state, ordinal: state === 'firing' ? 1 : 2, transition: state === 'firing' ? 'opened' : 'resolved' });
        });
  return [...of(round, 'firing'), ...of(round - 2, 'resolved')];
}

/**
 * Some processes work, as they would in an installation, and die at one moment: at any, or one of them at a point where it hurts. By the time
 * their successors have started, the group has forgotten them. What waits from the round before is sent while they start.
 */
async function killAgainAndAgain(perRound: number): Promise<void> {
  const random = randomOf(7);
  for (let round = 0; round < ROUNDS; round++) {
    const point = round % 3 === 0 ? '' : `${points[round % points.length]}:${1 + Math.floor(random() * 3)}`;
    const working = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => world.spawn(i === 0 ? point : '')));
    const before = world.pagerduty.received.length;
    await world.sendAlerts(comings(round, perRound));
    await eventually(() => expect(world.pagerduty.received.length).toBeGreaterThan(before), 60_000, 5);
    if (point === '') await sleep(random() * 150);
    else await Promise.race([ended(working[0] as ChildProcess), sleep(600)]);
    for (const child of working) child.kill('SIGKILL');
    await Promise.all(working.map(ended));
  }
  for (const round of [ROUNDS, ROUNDS + 1]) await world.sendAlerts(comings(round, perRound).filter(({ state }) => state === 'resolved'));
}

describe('notify', () => {
  it(`tells every alert once, though it is killed ${KILLS} times under load`, async () => {
    world = await openNotifyWorld(`routes:\n  - name: all${receiversOf('tenant')}`, {
      NOTIFY_TIMEOUT_MS: '1000',
      KAFKA_SESSION_TIMEOUT_MS: '1000',
    });
    const hook = { url: world.webhook.url, events: ['alert_triggered' as const, 'alert_resolved' as const], authentication: null };
    await world.postgres.transaction((tx) => createWebhook(tx, scopeOf(null), hook, 'test', []));
    await killAgainAndAgain(PER_ROUND);
    const alerts = ROUNDS * PER_ROUND;
    await world.spawn();
    const told = async () =>
      world.postgres.query<{ settled: boolean; n: number }>('SELECT settled, count(*) AS n FROM notify_alerts GROUP BY settled');
    await eventually(async () => expect(await told()).toEqual([{ settled: true, n: alerts }]), 90_000, 200);
    await eventually(async () => expect(await world.waiting()).toBe(0), 60_000, 200);

    const wanted = Array.from({ length: alerts }, (_, i) => `load:t${Math.floor(i / PER_ROUND)}-${i % PER_ROUND}`).sort();
    const incidents = new Map<string, string>();
    for (const { body } of world.pagerduty.received) incidents.set(body.dedup_key, body.event_action);
    expect([...incidents.keys()].sort()).toEqual(wanted);
    expect([...new Set(incidents.values())]).toEqual(['resolve']);

    const letters = new Map(world.mailbox.mails.map((mail) => [mail.messageId, mail.subject]));
    const about = (head: string) =>
      [...letters.values()].filter((subject) => subject.startsWith(head)).map((subject) => /t\d+-\d+/.exec(subject)?.[0]);
    const [opened, over] = [about('CRITICAL'), about('RESOLVED')];
    expect(over.sort()).toEqual(wanted.map((id) => id.slice('load:'.length)));
    expect(new Set(opened).size).toBe(opened.length);

    const messages = new Map(world.webhook.received.map(({ headers, body }) => [String(headers['webhook-id']), body]));
    const heard = [...messages.values()].filter(({ type }) => type === 'alert_triggered').flatMap(({ data }) => data.alerts);
    expect(heard.map(({ alertId }) => alertId).sort()).toEqual(wanted);
    const [events, mails] = [world.pagerduty.received.length, world.mailbox.mails.length];
    console.log(
      `${KILLS} kills: ${alerts} alerts, ${incidents.size} incidents (${events} events), ${letters.size} mails (sent ${mails} times), ${messages.size} webhook messages (sent ${world.webhook.received.length} times)`,
    );
  }, 300_000);

  it('makes few messages of ten thousand alerts in a minute, and loses nothing critical', async () => {
    const routing = `
routes:
  - name: critical
    match: { severity: [critical] }${receiversOf('rule')}
  - name: warning
    match: { severity: [warning] }
    to: { slack: ["#alerts"], mail: [ops@example.com] }
    group: [rule]
    wait: 1s
    interval: 5s
inhibit: [{ source: critical, target: warning, same: [metric] }]
`;
    world = await openNotifyWorld(routing);
    const stage = await world.start();
    const storm = Array.from({ length: 10_000 }, (_, i) => {
      const severity = i % 5 === 0 ? ('critical' as const) : ('warning' as const);
      // Warnings of the same metric and tenant as a critical alert are its consequences.
      return alertOf({
        rule: `storm-${severity}-${i % 4}`,
        metric: `metric_${i % 2}`,
        severity,
        tenantId: `t${i % 2_000}`,
        openedAt: Date.now(),
        alertId: `storm:${i}`,
        fingerprint: `storm:${i}`,
      });
    });
    for (let from = 0; from < storm.length; from += 1_000) await world.sendAlerts(storm.slice(from, from + 1_000));
    const untold = `SELECT count(*) AS n FROM notify_alerts WHERE severity = 'critical' AND told IS NULL`;
    await eventually(
      async () => expect(await world.postgres.query('SELECT count(*) AS n FROM notify_alerts')).toEqual([{ n: 10_000 }]),
      60_000,
      200,
    );
    await eventually(async () => expect(await world.postgres.query(untold)).toEqual([{ n: 0 }]), 60_000, 200);
    await eventually(async () => expect(await world.waiting()).toBe(0), 60_000, 200);

    const news = world.pagerduty.received.reduce(
      (sum, { body }) => sum + Number(/^(\d+) new/.exec(body.payload.custom_details.counts)?.[1]),
      0,
    );
    expect(news).toBe(2_000);
    const [pages, mails, posts] = [world.pagerduty.received.length, world.mailbox.mails.length, world.slack.received.length];
    console.log(
      `10,000 alerts, 2,000 of them critical: ${pages} events to the pager in ${new Set(world.pagerduty.received.map(({ body }) => body.dedup_key)).size} incidents, ${mails} mails, ${posts} Slack messages`,
    );
    expect(pages + mails + posts).toBeLessThan(100);
    expect([world.pagerduty.faults, world.slack.faults, stage.health().reasons]).toEqual([[], [], []]);
  }, 300_000);
});
