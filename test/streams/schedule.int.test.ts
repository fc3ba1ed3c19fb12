/** The schedule between ClickHouse, Postgres, the notify stage and a real mail server and Slack; and the commands that its predecessor had. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { defaultRulesFile, readRuleFile } from '../../src/adapters/rule-file.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem, startStages } from '../../src/cli/wiring.ts';
import { readReport } from '../../src/query/report.ts';
import { reportRuns, reportSends, sentDocument } from '../../src/query/reports.ts';
import { seedRules } from '../../src/query/rules.ts';
import { scopeOf } from '../../src/query/scope.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startSchedule } from '../../streams/schedule.ts';
import { monitorOnce } from '../../streams/schedule-monitor.ts';
import { createLeadership } from '../../streams/signals-leader.ts';
import { testContext } from '../cli/terminal.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf } from '../support/feature-events.ts';
import { type NotifyWorld, openNotifyWorld } from '../support/notify-world.ts';
import { storeEvents } from '../support/warehouse.ts';

const all = scopeOf(null);
const at = (text: string): number => Date.parse(text);
const clock = { now: at('2026-01-12T08:00:00Z') };
let world: NotifyWorld;
const running: RunningStage[] = [];

/** Stages that share a clock, as processes of one installation would. */
async function start(monitor: (at: number) => Promise<void> = async () => {}): Promise<RunningStage> {
  const { adapters, config } = world;
  const stage = await startSchedule({
    ...adapters,
    log: adapters.logs('schedule'),
    now: () => clock.now,
    report: (question) => readReport(adapters, all, question),
    monitor,
    leadership: createLeadership(adapters.postgres, `${config.namespace}.impact-schedule`),
    failpoint: () => {},
    pollMs: 20,
  });
  running.push(stage);
  return stage;
}
const runs = async () =>
  (await reportRuns(world.postgres, null, null, 100)).map(({ kind, date, outcome }) => `${kind} ${date} ${outcome}`).sort();
const textOf = (mail: { text: string } | undefined): string =>
  (mail?.text ?? '')
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

beforeAll(async () => {
  world = await openNotifyWorld('routes: []', {
    COSTS_RECURRING: '',
    RETENTION_RAW_DAYS: '20000',
    RETENTION_MINUTE_DAYS: '20000',
    RETENTION_HOUR_DAYS: '20000',
    REPORT_DAILY_TO: 'ops@example.com,product@example.com',
    REPORT_WEEKLY_TO: 'boss@example.com',
  });
  const { adapters, config } = world;
  await migrateClickHouse(adapters.clickhouse, config);
  await seedRules(adapters.postgres, readRuleFile(defaultRulesFile));
  // Twelve leads answered at once are worth $12.50 each; a session of 20 minutes that would have taken 40 is worth $25.
  await storeEvents(adapters.clickhouse, [
    ...Array.from({ length: 12 }, (_, i) => eventOf('lead-intelligence', `2026-01-12T10:${10 + i}:00Z`, { responseTimeSeconds: 0 })),
    eventOf('ai-coaching', '2026-01-12T11:00:00Z', { sessionDurationMinutes: 20 }),
    eventOf('operating-costs', '2026-01-12T11:00:00Z', {
      category: 'anthropic_api',
      amountUsd: '20.000000',
      userId: null,
      featureId: 'platform',
    }),
  ]);
  running.push(await world.start());
});
afterAll(async () => {
  await Promise.all(running.splice(0).map((stage) => stage.stop()));
  await world?.adapters.clickhouse.command(`DROP DATABASE IF EXISTS ${world.adapters.clickhouse.database}`);
  await world?.close();
});

describe('the schedule', () => {
  it('passes over what was due before its first start', async () => {
    await start();
    await eventually(async () =>
      expect(await runs()).toEqual([
        'daily 2026-01-10 skipped',
        'monthly 2025-12-01 skipped',
        'quarterly 2025-10-01 skipped',
        'weekly 2025-12-29 skipped',
      ]),
    );
    expect(world.mailbox.mails).toEqual([]);
  });

  it('sends the daily report at nine, by mail in two forms and on Slack, with the figures to the cent', async () => {
    await start();
    clock.now = at('2026-01-13T09:00:00Z');
    await eventually(() => expect(world.mailbox.mails.some(({ subject }) => subject.includes('12 January'))).toBe(true));
    await eventually(() => expect(world.slack.received.some(({ body }) => body.text.includes('12 January 2026'))).toBe(true));
    const mail = world.mailbox.mails.find(({ subject }) => subject.includes('12 January'));
    expect(mail?.to).toEqual(['ops@example.com', 'product@example.com']);
    expect(mail?.text).toContain('multipart/alternative');
    expect(textOf(mail)).toContain('$175.00 of value on $20.00 of cost: ROI 775 %, above the target of 710 %.');
    expect(textOf(mail)).toContain('<!doctype html>');
    const message = world.slack.received.find(({ body }) => body.text.includes('12 January 2026'))?.body;
    expect([message.channel, message.blocks[0].type]).toEqual(['#phase3-reports', 'header']);
    expect(world.slack.faults).toEqual([]);
  });

  it('made up for the daily and weekly one that were due in between, and made none twice', async () => {
    await eventually(async () => expect(await runs()).toContain('weekly 2026-01-05 made'));
    const made = (await runs()).filter((one) => one.endsWith('made'));
    expect(made).toEqual(['daily 2026-01-11 made', 'daily 2026-01-12 made', 'weekly 2026-01-05 made']);
    await eventually(async () => expect(await world.waiting()).toBe(0));
    expect(world.mailbox.mails.map(({ to }) => to[0]).sort()).toEqual(['boss@example.com', 'ops@example.com', 'ops@example.com']);
    const sends = await reportSends(world.postgres, all, 'daily', '2026-01-12', 10);
    expect(sends).toMatchObject([
      {
        id: 'daily/2026-01-12',
        sentBy: 'schedule',
        deliveries: [
          { channel: 'mail', state: 'sent' },
          { channel: 'slack', state: 'sent' },
        ],
      },
    ]);
    expect(await sentDocument(world.postgres, all, 'daily/2026-01-12')).toMatchObject({
      total: { valueUsd: '175.000000', costUsd: '20.000000' },
    });
  });

  it('goes on in another process when the one that leads has gone', async () => {
    const [first] = running.splice(1, 1);
    await first?.stop();
    clock.now = at('2026-01-14T09:00:00Z');
    await eventually(async () => expect(await runs()).toContain('daily 2026-01-13 made'));
  });

  it('says that it is in trouble, and makes the report once the trouble is over', async () => {
    const { adapters } = world;
    let broken = true;
    const report = (question: Parameters<typeof readReport>[2]) =>
      broken ? Promise.reject(new Error('clickhouse: away')) : readReport(adapters, all, question);
    for (const stage of running.splice(1)) await stage.stop();
    const leadership = createLeadership(adapters.postgres, `${world.config.namespace}.impact-schedule`);
    clock.now = at('2026-01-15T09:00:00Z');
    const monitor = async () => {};
    const deps = {
      ...adapters,
      log: adapters.logs('schedule'),
      now: () => clock.now,
      report,
      monitor,
      leadership,
      failpoint: () => {},
      pollMs: 20,
    };
    const stage = await startSchedule(deps);
    running.push(stage);
    await eventually(() => expect(stage.health()).toEqual({ ready: false, reasons: ['reports: clickhouse: away'] }));
    broken = false;
    clock.now += 60_000;
    await eventually(async () => expect(await runs()).toContain('daily 2026-01-14 made'));
    await eventually(() => expect(stage.health().ready).toBe(true));
  });
});

describe('the monitor of the schedule', () => {
  it('is asked by the process that leads, again and again', async () => {
    for (const stage of running.splice(1)) await stage.stop();
    const looks: number[] = [];
    const stage = await start(async (moment) => void looks.push(moment));
    // Whoever finds another one leading asks again half a minute later: the lock of the one before may just be going.
    await eventually(() => {
      clock.now += looks.length === 0 ? 30_000 : 0;
      expect(looks.length).toBe(1);
    });
    clock.now += world.config.monitorIntervalMs;
    await eventually(() => expect(looks.length).toBe(2));
    expect(stage.health().ready).toBe(true);
  });

  it('tells Slack when the system itself is in trouble, once an hour at most, and makes a metric of it', async () => {
    const { adapters } = world;
    const now = Date.now();
    const letter = (i: number) => ({
      topic: 'impact-lead-intelligence',
      partition: 0,
      offset: i,
      step: 'store',
      reason: 'invalid_field',
      message: '',
      field: '',
      schema_id: null,
      version: '1',
      attempt: 1,
      tenant: '',
      feature: '',
      key: '',
      size_bytes: 1,
      produced_at: new Date(now).toISOString().replace('Z', ''),
      dead_lettered_at: new Date(now - 60_000).toISOString().replace('Z', ''),
      letter_partition: 0,
      letter_offset: i,
    });
    await adapters.clickhouse.insertRows(
      'dead_letters',
      Array.from({ length: 100 }, (_, i) => letter(i)),
    );
    const deps = { ...adapters, log: adapters.logs('schedule') };
    const verdict = await monitorOnce(deps, now);
    expect(verdict.checks.find(({ name }) => name === 'Dead letters')).toMatchObject({ state: 'critical', seen: '100 in the last hour' });
    await monitorOnce(deps, now + 300_000);
    const told = () => world.slack.received.filter(({ body }) => body.text.includes('Dead letters: 100'));
    await eventually(() => expect(told().length).toBe(1));
    expect(told()[0]?.body.channel).toBe('#phase3-alerts');
    const rows = await world.postgres.query("SELECT key FROM outbox WHERE key LIKE 'monitor/dead-letters/%'");
    expect(rows).toHaveLength(1);
    expect((await adapters.metrics.render()).text).toMatch(/impact_monitor_state\{check="dead-letters",kind="system"\} 2/);
  });
});

describe('the commands of the predecessor', () => {
  const run = async (line: string, signal = new AbortController().signal) => {
    const context = testContext({ config: () => world.config, open: openSystem, start: startStages, now: () => clock.now, signal });
    return { status: await runProgram(line.split(' '), context), ...context.seen };
  };

  it('`--mode daily --email` makes the report and has it mailed', async () => {
    world.mailbox.mails.length = 0;
    const { status, err } = await run('report --mode daily --email --date 2026-01-12');
    expect([status, err]).toEqual([0, 'to be sent by the stage notify: ops@example.com, product@example.com\n']);
    await eventually(() => expect(world.mailbox.mails).toHaveLength(1));
    expect(textOf(world.mailbox.mails[0])).toContain('$175.00');
  });

  it('`--mode monitor --continuous` looks until it is stopped', async () => {
    const stopped = new AbortController();
    const context = testContext({ config: () => world.config, open: openSystem, now: Date.now, signal: stopped.signal });
    const done = runProgram(['report', '--mode', 'monitor', '--continuous'], context);
    await eventually(() => expect(context.seen.out).toMatch(/Dead letters +100 in the last hour/));
    stopped.abort();
    expect(await done).toBe(0);
  });

  it('`monitor --continuous --output json` prints a line for each look', async () => {
    const stopped = new AbortController();
    const context = testContext({ config: () => world.config, open: openSystem, now: Date.now, signal: stopped.signal });
    const done = runProgram(['monitor', '--continuous', '--output', 'json'], context);
    await eventually(() => expect(context.seen.out).toMatch(/\n$/));
    stopped.abort();
    expect(await done).toBe(0);
    expect(
      context.seen.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ state: 'critical' }]);
  });

  it('`--mode schedule` runs the stage until it is stopped', async () => {
    const stopped = new AbortController();
    const context = testContext({ config: () => world.config, open: openSystem, start: startStages, signal: stopped.signal });
    const done = runProgram(['report', '--mode', 'schedule'], context);
    await eventually(() => expect(context.seen.err).toContain('running schedule'));
    stopped.abort();
    expect(await done).toBe(0);
  });

  it('refuse what cannot be: a day to come, mail without a server, two kinds at once', async () => {
    expect((await run('report daily --date 2027-01-01')).err).toContain('2027-01-01 has not begun yet');
    expect((await run('report daily --mode weekly')).err).toContain('not both: daily, weekly');
    expect((await run('report daily --to ann@example.com')).err).toContain('--email beside it');
  });

  it('end with status 1 when something is critical, and say what', async () => {
    const context = testContext({ config: () => world.config, open: openSystem, now: Date.now });
    expect(await runProgram(['monitor', '--output', 'json'], context)).toBe(1);
    expect(JSON.parse(context.seen.out)).toMatchObject({ state: 'critical' });
  });

  it('`impact health` names components and stages, and the one that leads', async () => {
    const { status, out } = await run('health --output json');
    const { components, stages } = JSON.parse(out) as {
      components: { name: string; ready: boolean }[];
      stages: { name: string; ready: boolean | null; seen: string }[];
    };
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['kafka', 'clickhouse', 'postgres', 'redis']));
    expect(stages.find(({ name }) => name === 'schedule')).toMatchObject({ ready: true, seen: 'one process leads' });
    expect(stages.find(({ name }) => name === 'rollout')).toMatchObject({ ready: false });
    expect(status).toBe(1);
  });
});
