/** Reports over HTTP, on real databases; docs/reports.md is executed. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPdfPrinter } from '../../src/adapters/pdf.ts';
import { defaultRulesFile, readRuleFile } from '../../src/adapters/rule-file.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { reportData } from '../../src/domain/report/data.ts';
import { reportOf } from '../../src/domain/report.ts';
import { seedRules } from '../../src/query/rules.ts';
import { testContext } from '../cli/terminal.ts';
import { alertRow } from '../support/alert-rows.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { testConfig } from '../support/config.ts';
import { eventOf } from '../support/feature-events.ts';
import { definition } from '../support/flags.ts';
import { figuresOf } from '../support/report.ts';
import { storeEvents } from '../support/warehouse.ts';

const page = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8');
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].flatMap((match) => (match[1] ?? '').trim().split('\n'));

/** $12.50 each at 0 s, $0 at 900 s. */
const lead = (minute: number, tenantId: string, responseTimeSeconds = 0, day = '2026-01-11') =>
  eventOf('lead-intelligence', `${day}T10:${String(minute).padStart(2, '0')}:00Z`, { tenantId, responseTimeSeconds });
const cost = (tenantId: string, amountUsd: string, day = '2026-01-11') =>
  eventOf('operating-costs', `${day}T11:00:00Z`, { tenantId, category: 'anthropic_api', amountUsd, featureId: 'platform', userId: null });
const request = (minute: number, ok: boolean) =>
  eventOf('request-telemetry', `2026-01-11T12:${String(minute).padStart(2, '0')}:00Z`, {
    ok,
    latencyMs: 40,
    errorCode: ok ? null : 'timeout',
  });
/** Sessions of the treated take half as long. */
function coached(i: number): FeatureEvent[] {
  const variant = i % 2 === 0 ? 'control' : 'treatment';
  const unit = { tenantId: 'acme', userId: `user-${i}`, variant };
  const minute = String(i).padStart(2, '0');
  return [
    eventOf('flag-exposures', `2026-01-09T09:${minute}:00Z`, {
      ...unit,
      featureId: 'ai_coaching',
      rolloutStage: 'beta_50',
      reason: 'percentage',
    }),
    eventOf('ai-coaching', `2026-01-09T10:${minute}:00Z`, { ...unit, sessionDurationMinutes: (variant === 'control' ? 40 : 20) + (i % 5) }),
  ];
}

let api: TestApi;
let viewer: string;
let operator: string;
let acme: string;
beforeAll(async () => {
  // Recurring estimates would make the sums harder to follow.
  const env = { COSTS_RECURRING: '', SMTP_SERVER: 'mail.invalid', REPORT_DAILY_TO: 'ann@example.com' };
  api = await openTestApi({ env, deps: { printPdf: createPdfPrinter(testConfig().chromiumPath) } });
  [viewer, operator, acme] = await Promise.all([api.token('viewer'), api.token('operator'), api.token('operator', 'acme')]);
  await seedRules(api.postgres, readRuleFile(defaultRulesFile));
  await storeEvents(api.clickhouse, [
    ...Array.from({ length: 8 }, (_, i) => lead(i, 'acme')),
    ...Array.from({ length: 4 }, (_, i) => lead(i, 'harbor-homes')),
    ...Array.from({ length: 4 }, (_, i) => lead(i, 'acme', 0, '2026-01-10')),
    cost('acme', '10.000000'),
    cost('harbor-homes', '5.250000'),
    cost('acme', '15.250000', '2026-01-10'),
    ...Array.from({ length: 25 }, (_, i) => request(i, i > 0)),
    ...Array.from({ length: 60 }, (_, i) => coached(i)).flat(),
  ]);
  await api.clickhouse.insertRows('alerts', [alertRow('error-rate-1', { openedAt: '2026-01-11T12:05:00Z', tenant: 'harbor-homes' })]);
  await api.deps.flags.create(definition({ id: 'ai_coaching', stage: 'beta_50' }), { by: 'ann', reason: 'to be read' });
});
afterAll(() => api?.close());

const get = (path: string, token = viewer) => api.ask('GET', `/api/v1/reports${path}`, token);

describe('a report', () => {
  it('has the figures of its period to the cent, beside those of the period before', async () => {
    const { status, json } = await get('/daily/2026-01-11');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      kind: 'daily',
      date: '2026-01-11',
      title: 'Daily impact report: Sunday, 11 January 2026',
      period: { from: '2026-01-11', to: '2026-01-12', timeZone: 'UTC', complete: true },
      total: { valueUsd: '150.000000', costUsd: '15.250000', netUsd: '134.750000' },
      previousTotal: { valueUsd: '50.000000', costUsd: '15.250000' },
      costs: [{ category: 'anthropic_api', provenance: 'event', amountUsd: '15.250000', previousUsd: '15.250000' }],
      tenant: null,
    });
    expect(json.total.roiPercent).toBeCloseTo(((150 - 15.25) / 15.25) * 100, 9);
    expect(json.features[0]).toMatchObject({
      feature: 'realtime_intelligence',
      uses: 12,
      valueUsd: '150.000000',
      previousValueUsd: '50.000000',
      causalUsd: null,
    });
    expect(json.days).toHaveLength(28);
    expect(json.days.at(-1)).toMatchObject({ date: '2026-01-11', valueUsd: '150.000000' });
  });

  it('has targets with the limits of the rules, alerts, flags and sources', async () => {
    const { json } = await get('/daily/2026-01-11');
    expect(json.targets.find(({ metric }: { metric: string }) => metric === 'error_rate_percent')).toMatchObject({
      actual: 4,
      target: 1,
      warning: 2,
      critical: 5,
    });
    expect(json.recommendations.map(({ text }: { text: string }) => text)).toContain('Bring Error rate back within its limits.');
    expect(json.alerts).toMatchObject([{ id: 'error-rate-1', firing: true, openedAt: '2026-01-11T12:05:00.000Z' }]);
    expect(json.rollouts).toMatchObject([{ flagId: 'ai_coaching' }]);
    expect(json.dataQuality.sources.find(({ source }: { source: string }) => source === 'lead-intelligence')).toMatchObject({
      previousN: expect.any(Number),
    });
    expect((await get('/daily/2026-01-10')).json.alerts).toEqual([]);
  });

  it('has the experiments that were running, and the changes of stages of its own days', async () => {
    const { json } = await get('/daily/2026-01-15');
    expect(json.stageChanges).toMatchObject([{ flagId: 'ai_coaching', by: 'ann', from: 'disabled', to: 'beta_50', reason: 'to be read' }]);
    expect(json.experiments).toMatchObject([
      {
        feature: 'ai_coaching',
        stage: 'beta_50',
        metric: 'session_duration_minutes',
        units: { control: 30, treatment: 30 },
        recommendation: 'roll_forward',
      },
    ]);
    expect(json.experiments[0].lift).toBeCloseTo(-20 / 42, 2);
    expect(json.recommendations.map(({ text }: { text: string }) => text)).toContain('Roll AI Coaching out further.');
    expect((await get('/daily/2026-01-11')).json.stageChanges).toEqual([]);
  });

  it.each([
    ['html', 'text/html', '<!doctype html>'],
    ['text', 'text/plain', 'Weekly impact report: 5 to 11 January 2026'],
    ['markdown', 'text/markdown', '# Weekly impact report'],
    ['csv', 'text/csv', 'section,name,value_usd'],
    ['export', 'application/json', '{'],
  ])('comes as %s', async (format, type, begin) => {
    const { status, headers, text } = await get(`/weekly/2026-01-06?format=${format}`);
    expect([status, String(headers['content-type']).split(';')[0]]).toEqual([200, type]);
    expect(text.startsWith(begin)).toBe(true);
    expect(headers['content-disposition']).toContain('impact-weekly-2026-01-05.');
    if (format === 'html') expect(headers['content-security-policy']).toContain("style-src 'unsafe-inline'");
    if (format === 'export')
      expect(JSON.parse(text)).toMatchObject({ date: '2026-01-11', features: { realtime_intelligence: { revenue_impact: 200 } } });
  });

  it('comes as PDF', async () => {
    const { status, headers, text } = await get('/daily/2026-01-11?format=pdf');
    expect([status, headers['content-type'], text.slice(0, 5)]).toEqual([200, 'application/pdf', '%PDF-']);
  });

  it('tells a tenant of itself only', async () => {
    const { json } = await get('/daily/2026-01-11', acme);
    expect(json).toMatchObject({
      tenant: 'acme',
      total: { valueUsd: '100.000000', costUsd: '10.000000' },
      targets: null,
      alerts: [],
      stageChanges: [],
    });
    expect(JSON.stringify(json)).not.toContain('harbor-homes');
    expect((await get('/daily/2026-01-11?tenant=harbor-homes', acme)).status).toBe(403);
  });

  it('is refused for days to come, and says that a period still goes on', async () => {
    expect((await get('/daily/2026-01-16')).json).toMatchObject({ status: 400, problems: [{ field: 'date', value: '2026-01-16' }] });
    expect((await get('/hourly/2026-01-11')).status).toBe(400);
    expect((await get('/daily/2026-01-11?format=docx')).status).toBe(400);
    expect((await get('/weekly/2026-01-15')).json).toMatchObject({ period: { complete: false } });
  });
});

describe('sending a report', () => {
  const send = (body: object, token = operator, headers = {}) =>
    api.ask('POST', '/api/v1/reports/daily/2026-01-11/send', token, { payload: body, headers });

  it('is for operators who see every tenant, and needs a channel that is configured', async () => {
    expect((await send({ email: true }, viewer)).status).toBe(403);
    expect((await send({ email: true }, acme)).status).toBe(403);
    expect((await send({})).json.problems).toMatchObject([{ field: 'email', expected: 'email or slack, or both' }]);
    expect((await send({ slack: true })).json.problems).toMatchObject([{ field: 'slack' }]);
    expect((await send({ email: ['nobody'] })).status).toBe(400);
  });

  it('writes a mail with both forms once, and lists it with what became of it', async () => {
    const first = await send({ email: true }, operator, { 'idempotency-key': 'k1' });
    expect([first.status, first.json]).toMatchObject([200, { mail: ['ann@example.com'], slack: null }]);
    expect((await send({ email: true }, operator, { 'idempotency-key': 'k1' })).json.id).toBe(first.json.id);
    const outbox = await api.postgres.query<{ payload: Record<string, string> }>('SELECT payload FROM outbox WHERE key = $1', [
      `report/${first.json.id}/mail`,
    ]);
    expect(outbox[0]?.payload).toMatchObject({
      to: ['ann@example.com'],
      subject: expect.stringContaining('Daily impact report: Sunday, 11 January 2026'),
    });
    expect(outbox[0]?.payload['text']).toContain('$150.00 of value on $15.25 of cost');
    expect(outbox[0]?.payload['html']).toContain('$150.00');
    const { json } = await get('?kind=daily&date=2026-01-11');
    expect(json.sends).toMatchObject([
      { id: first.json.id, title: 'Sunday, 11 January 2026', deliveries: [{ channel: 'mail', state: 'pending' }] },
    ]);
    expect((await get('', acme)).json).toEqual({ next: [], runs: [], sends: [] });
    const told = await api.postgres.query('SELECT type, tenant_id FROM announcements WHERE id = $1', [`report_ready/${first.json.id}`]);
    expect(told).toEqual([{ type: 'report_ready', tenant_id: null }]);
  });

  it('answers what the clock makes next, and has no report of the clock before it made one', async () => {
    const { json } = await get('');
    expect(json.next.map(({ kind, date, dueAt }: Record<string, string>) => [kind, date, dueAt])).toEqual([
      ['daily', '2026-01-15', '2026-01-16T09:00:00.000Z'],
      ['weekly', '2026-01-12', '2026-01-19T10:00:00.000Z'],
      ['monthly', '2026-01-01', '2026-02-01T10:00:00.000Z'],
      ['quarterly', '2026-01-01', '2026-04-01T10:00:00.000Z'],
    ]);
    expect((await get('/daily/2026-01-11?version=sent')).status).toBe(404);
  });
});

describe('docs/reports.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'impact-reports-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(blocksOf('http'))('has a request that is answered: %s', async (line) => {
    const [method, url] = line.split(' ') as ['GET', string];
    expect((await api.ask(method, url, viewer)).status).toBe(200);
  });

  const lines = blocksOf('bash').map((line) => line.replace(/#.*$/, '').trim());
  it.each(lines.filter((line) => !line.includes('--continuous') && !line.includes('health')))(
    'has a command that runs: %s',
    async (line) => {
      const words = line.replace(/^npx impact /, '').split(/\s+/);
      const placed = words.map((word) => (/\.(pdf|html)$/.test(word) ? join(folder, word) : word));
      const context = testContext({ config: () => api.config, open: openSystem, now: () => NOW });
      expect([await runProgram(placed, context), context.seen.err.replaceAll(/saved as .*\n/g, '')]).toEqual([0, '']);
      for (const file of placed.filter((word) => word.startsWith(folder))) expect(existsSync(file)).toBe(true);
    },
  );

  it('names every field of the JSON', () => {
    for (const field of Object.keys(reportData(reportOf(figuresOf())))) expect(page).toContain(`\`${field}\``);
  });

  it('shows the export as it is', () => {
    const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as { features: Record<string, object> };
    expect([Object.keys(shown), Object.keys(Object.values(shown.features)[0] ?? {})]).toEqual([
      ['date', 'features', 'total_roi'],
      ['revenue_impact', 'roi_percentage'],
    ]);
  });
});
