/** Targets, forecast and checklists over the API and the command line, on one history of three weeks. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { costProvenances } from '../../src/domain/cost.ts';
import { kpiLines } from '../../src/domain/kpi.ts';
import { defaultTarget, targetMetricNames, targetMetrics } from '../../src/domain/target-metrics.ts';
import { plusDays } from '../../src/domain/zone.ts';
import { impact, testContext } from '../cli/terminal.ts';
import { alertRow } from '../support/alert-rows.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventOf } from '../support/feature-events.ts';
import { focusCsv, focusRow } from '../support/focus.ts';
import { storeEvents } from '../support/warehouse.ts';

const FIRST = '2025-12-26';
const DAYS = 20;

let api: TestApi;
let operator: string;
const folder = mkdtempSync(join(tmpdir(), 'impact-costs-'));

/** A day's answered leads, fewer at weekends, one request for each, and what the day cost. */
function dayEvents(day: string, i: number) {
  const leads = [5, 6, 7, 6, 5, 2, 1][(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7] ?? 0;
  const at = (hour: number): string => `${day}T${String(hour).padStart(2, '0')}:00:00Z`;
  return [
    ...Array.from({ length: leads }, (_, n) =>
      eventOf('lead-intelligence', at(n + 8), { tenantId: 'acme', responseTimeSeconds: 20 + (i % 3), userId: `u${n}` }),
    ),
    ...Array.from({ length: leads }, (_, n) =>
      eventOf('request-telemetry', at(n + 8), { tenantId: 'acme', service: 'websocket', latencyMs: 30, ok: true, errorCode: null }),
    ),
    eventOf('operating-costs', at(6), { tenantId: 'acme', category: 'infrastructure', amountUsd: '4.000000' }),
    eventOf('operating-costs', at(7), { tenantId: 'acme', category: 'anthropic_api', amountUsd: '1.000000' }),
  ];
}

beforeAll(async () => {
  api = await openTestApi();
  await Promise.all([
    ensureTopics(createKafka(api.config, api.deps.log), api.config),
    createRegistry(api.config, api.deps.log).registerAll(),
  ]);
  operator = await api.token('operator');
  await storeEvents(api.clickhouse, Array.from({ length: DAYS }, (_, i) => dayEvents(plusDays(FIRST, i), i)).flat());
  await api.clickhouse.insertRows('alerts', [alertRow('slow-1', { severity: 'critical', openedAt: '2026-01-01T10:00:00Z' })]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api?.close();
});

const get = async (url: string, token = operator) => (await api.ask('GET', url, token)).json;
const run = (line: string) => impact(line, { config: () => api.config, open: openSystem, now: () => NOW });

describe('the forecast', () => {
  it('says what the next days are worth and cost, and how well it did on the past', async () => {
    const found = await get('/api/v1/forecast?days=7');
    expect(found).toMatchObject({ historyDays: DAYS, horizonDays: 7, timeZone: 'UTC' });
    expect(found.days.map(({ day }: { day: string }) => day)).toEqual(Array.from({ length: 7 }, (_, i) => plusDays('2026-01-15', i)));
    // 32 leads a week at about $12.20, $5 a day.
    expect(Number(found.total.valueUsd.expected)).toBeGreaterThan(385);
    expect(Number(found.total.valueUsd.expected)).toBeLessThan(395);
    expect(found.total.costUsd).toMatchObject({ expected: '35.000000' });
    expect(found.total.roiPercent.expected).toBeGreaterThan(1000);
    expect(found.models.value.backtest).toMatchObject({ horizon: 6, coverage95: 100 });
  });

  it('of a feature and a tenant is theirs, and the same for ten minutes', async () => {
    const acme = await api.token('viewer', 'acme');
    const mine = await get('/api/v1/forecast?days=7&feature=realtime_intelligence', acme);
    expect(Number(mine.total.valueUsd.expected)).toBeGreaterThan(385);
    expect(await get('/api/v1/forecast?days=7&feature=realtime_intelligence', acme)).toEqual(mine);
    expect((await api.ask('GET', '/api/v1/forecast?tenant=globex', acme)).status).toBe(403);
  });

  it('is a table, JSON or CSV on the command line', async () => {
    const table = await run('forecast --days 7');
    expect(table.out).toMatch(/7 days from 2026-01-15 on, from 20 days of history\nwhat .*\n─+\nvalue +\$39\d/);
    expect(table.out).toMatch(
      /value: tried on the past (once, as if it were an earlier day|\d+ times, each as if it were an earlier day), \d+ days ahead/,
    );
    expect(JSON.parse((await run('forecast --days 3 --output json')).out).days).toHaveLength(3);
    expect((await run('forecast --days 3 --output csv')).out).toMatch(/^day,valueUsd,valueLower95/);
  });

  it('is refused with too little history', async () => {
    api.clock.now = Date.UTC(2026, 0, 3);
    const { status, json } = await api.ask('GET', '/api/v1/forecast?days=1', operator);
    api.clock.now = NOW;
    expect([status, json.problems]).toEqual([
      422,
      [{ field: 'history', value: '8 whole days', expected: expect.stringContaining('at least 14') }],
    ]);
  });
});

describe('targets', () => {
  const put = (metric: string, payload: object, token = operator) => api.ask('PUT', `/api/v1/targets/${metric}`, token, { payload });
  const roiTarget = async (query = '', token = operator) =>
    (await get(`/api/v1/targets${query}`, token)).targets.find(({ metric }: { metric: string }) => metric === 'roi_percent');

  it('are the defaults until one is set, from its day on', async () => {
    expect(await roiTarget()).toMatchObject({ target: 710, source: 'default', warning: 500, critical: 200 });
    expect((await put('roi_percent', { target: 800, warning: 600, effectiveFrom: '2026-02-01', reason: 'plan' })).json).toMatchObject({
      version: 1,
    });
    expect(
      (await put('roi_percent', { target: 820, warning: 600, effectiveFrom: '2026-02-01', reason: 'better plan' })).json,
    ).toMatchObject({ version: 2 });
    expect([(await roiTarget()).target, (await roiTarget('?date=2026-02-01')).target]).toEqual([710, 820]);
    const { versions } = await get('/api/v1/targets/roi_percent/history');
    expect(versions.map(({ version, reason }: { version: number; reason: string }) => [version, reason])).toEqual([
      [2, 'better plan'],
      [1, 'plan'],
    ]);
  });

  it('of a tenant are its own to set, and nobody else’s to see', async () => {
    const [acme, globex] = await Promise.all([api.token('operator', 'acme'), api.token('operator', 'globex')]);
    await put('roi_percent', { target: 650, reason: 'ours' }, acme);
    expect([(await roiTarget('', acme)).target, (await roiTarget('', globex)).target, (await roiTarget('')).target]).toEqual([
      650, 710, 710,
    ]);
    expect((await get('/api/v1/targets/roi_percent/history', globex)).versions.map((one: { tenant: null }) => one.tenant)).toEqual([
      null,
      null,
    ]);
    expect((await put('roi_percent', { target: 1, tenant: 'acme', reason: 'theirs' }, globex)).status).toBe(403);
    expect((await put('roi_percent', { target: null, warning: null, reason: 'no more' }, acme)).json).toMatchObject({
      version: 2,
      target: null,
    });
    expect((await roiTarget('', acme)).target).toBe(710);
  });

  it('that contradict themselves are refused, and a viewer sets none', async () => {
    const { status, json } = await put('error_rate_percent', { target: 2, warning: 1, reason: 'x' });
    expect([status, json.problems[0].field]).toEqual([422, 'warning']);
    expect((await put('error_rate_percent', { target: 2, effectiveFrom: '2026-02-30', reason: 'x' })).status).toBe(400);
    expect((await put('error_rate_percent', { target: 2, reason: 'x' }, await api.token('viewer'))).status).toBe(403);
  });

  it('are listed, set and withdrawn on the command line', async () => {
    expect((await run('targets set adoption_percent 70 --feature ai_coaching --reason pilot')).out).toBe(
      'adoption_percent 70 % from 2026-01-15 on, version 1\n',
    );
    expect((await run('targets list --feature ai_coaching')).out).toMatch(/adoption_percent +70 .*version 1, from 2026-01-15/);
    expect((await run('targets withdraw adoption_percent --feature ai_coaching --reason over')).status).toBe(0);
    expect((await run('targets list --feature ai_coaching')).out).toMatch(/adoption_percent +80 .*default/);
    expect((await run('targets history adoption_percent')).out).toContain('withdrawn');
    expect(await run('targets set adoption_percent 70 --warning 90 --reason x')).toMatchObject({
      status: 1,
      err: expect.stringContaining('at most the target'),
    });
  });
});

describe('the checklists', () => {
  const linesOf = (checklist: { lines: { id: string; state: string }[] }) =>
    Object.fromEntries(checklist.lines.map(({ id, state }) => [id, state]));

  it('are judged from what is stored, each line with its evidence', async () => {
    const { since, checklists } = await get('/api/v1/kpis');
    expect([since, checklists.length, checklists[0].complete, checklists[2].complete]).toEqual([FIRST, 3, true, false]);
    expect(linesOf(checklists[0])).toMatchObject({
      'no-critical-alerts': 'missed',
      'performance-acceptable': 'met',
      'daily-reports': 'missed',
    });
    expect(linesOf(checklists[1])).toMatchObject({
      'roi-above-500': 'met',
      'performance-targets': 'met',
      'adoption-above-60': 'missed',
      'stakeholder-confidence': 'unattested',
    });
    const later = await get('/api/v1/kpis?period=week-1&since=2026-01-09');
    expect(linesOf(later.checklists[0])).toMatchObject({ 'no-critical-alerts': 'met' });
    expect((await api.ask('GET', '/api/v1/kpis?since=2026-03-01', operator)).status).toBe(400);
    expect((await api.ask('GET', '/api/v1/kpis', await api.token('viewer', 'acme'))).status).toBe(403);
  });

  it('take a person’s word where no machine can judge, and the newest counts', async () => {
    const attest = (met: boolean) =>
      api.ask('POST', '/api/v1/kpis/attestations', operator, { payload: { line: 'stakeholder-confidence', met, note: 'review' } });
    expect((await attest(false)).json).toMatchObject({ since: FIRST, met: false });
    expect(linesOf((await get('/api/v1/kpis?period=month-1')).checklists[0])).toMatchObject({ 'stakeholder-confidence': 'denied' });
    expect((await run('kpis attest stakeholder-confidence --met --note review')).out).toContain('stakeholder-confidence attested by');
    expect(linesOf((await get('/api/v1/kpis?period=month-1')).checklists[0])).toMatchObject({ 'stakeholder-confidence': 'attested' });
    expect(
      (await api.ask('POST', '/api/v1/kpis/attestations', operator, { payload: { line: 'roi-above-500', met: true, note: 'x' } })).status,
    ).toBe(400);
    expect((await run('kpis attest scale-ready --note x')).status).toBe(2);
  });

  it('are printed with a mark and the evidence for each line', async () => {
    const { out } = await run('kpis --period month-1');
    expect(out).toMatch(/^month-1: 2025-12-26 to 2026-01-24, still going on\n {2}✓ Consistent ROI above 500%\n {6}ROI of each week/);
    expect(out).toMatch(/✓ Stakeholder confidence in metrics \(attested; stakeholder-confidence\)\n.*review/);
  });
});

describe('costs on the command line', () => {
  it('are listed with how they are known', async () => {
    const { out } = await run('costs list --from 2026-01-01 --to 2026-01-10 --by category provenance');
    expect(out).toMatch(/anthropic_api +event +\$10\.00\ninfrastructure +event +\$40\.00\ntotal +\$50\.00/);
    expect(JSON.parse((await run('costs list --from 2026-01-01 --to 2026-01-01 --by feature --output json')).out)).toEqual([
      { feature: 'platform', amountUsd: 5 },
    ]);
    expect((await run('costs recurring')).out).toMatch(/infrastructure +24000 .*\napi +19200 .*\ntotal +43200/);
  });

  it('are imported from a file and stated one by one', async () => {
    const file = join(folder, 'invoice.csv');
    writeFileSync(file, focusCsv([focusRow({ ChargePeriodStart: '2025-11-20T00:00:00Z', ChargePeriodEnd: '2025-11-21T00:00:00Z' })]));
    const late = { ...api.config, maxFutureMs: 3e10 };
    const importIt = (line: string) => impact(line, { config: () => late, open: openSystem, now: () => NOW });
    expect((await importIt(`costs import ${file} --dry-run`)).out).toMatch(/1 rows of \$24\.50: 1 new.*\nnothing was imported/);
    expect((await importIt(`costs import ${file}`)).out).toContain('booked, and acknowledged by Kafka');
    expect(JSON.parse((await importIt(`costs import ${file} --output json`)).out)).toMatchObject({ added: 0, unchanged: 1 });
    expect((await run('costs add --category anthropic_api --amount 24.50 --date 2026-01-11 --feature ai_coaching --id a1')).out).toContain(
      'acknowledged by Kafka',
    );
    expect((await run('costs add --category anthropic_api --amount 20 --date 2026-01-11 --feature ai_coaching --id a1')).status).toBe(0);
    const sent = await eventsOn(api.config, 'operating-costs');
    expect(sent.map((event) => [event.featureId, event.revision, event.kind === 'operating-costs' && event.amountUsd]).sort()).toEqual([
      ['ai_coaching', 0, '24.500000'],
      ['ai_coaching', 0, '24.500000'],
      ['ai_coaching', 1, '20.000000'],
    ]);
    writeFileSync(file, 'EffectiveCost\n1');
    expect(await run(`costs import ${file}`)).toMatchObject({ status: 1, err: expect.stringContaining('a column BillingCurrency') });
    expect((await run(`costs import ${join(folder, 'none.csv')}`)).status).toBe(1);
  });
});

describe('the documents', () => {
  const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const blocks = (page: string, language: string): string[] =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');
  /** Words as a shell would split them. */
  const words = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

  it.each(['costs.md', 'targets.md', 'forecast.md'])('have commands that run: %s', async (name) => {
    const page = read(name);
    const file = join(folder, 'documented.csv');
    writeFileSync(file, blocks(page, 'csv')[0] ?? '');
    const lines = blocks(page, 'bash').flatMap((block) => block.trim().split('\n'));
    for (const line of lines) {
      const context = testContext({ config: () => api.config, open: openSystem, now: () => NOW });
      const args = words(line.replace('invoice.csv', file)).slice(2);
      expect([line, await runProgram(args, context), context.seen.err]).toEqual([line, 0, '']);
    }
    expect(lines.length).toBeGreaterThan(2);
  });

  it('name every provenance, target with its default, and line of the checklists', () => {
    const [costs, targets] = [read('costs.md'), read('targets.md')];
    expect(costProvenances.filter((name) => !costs.includes(`| \`${name}\` |`))).toEqual([]);
    expect(kpiLines.filter(({ id }) => !targets.includes(`\`${id}\``))).toEqual([]);
    const shown = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : String(value));
    const rows = targetMetricNames.map((metric) => {
      const { unit, better } = targetMetrics[metric];
      const found = defaultTarget(metric, '', api.config);
      return `| \`${metric}\` | ${unit} | ${better} | ${shown(found?.target)} | ${shown(found?.warning)} | ${shown(found?.critical)} |`;
    });
    expect(rows.filter((row) => !targets.includes(row))).toEqual([]);
  });
});
