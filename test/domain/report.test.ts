import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/domain/csv.ts';
import type { Forecast } from '../../src/domain/forecast.ts';
import { dashboardExport, reportCsv, reportData } from '../../src/domain/report/data.ts';
import type { ReportFigures } from '../../src/domain/report/figures.ts';
import { pageHtml } from '../../src/domain/report/html.ts';
import { pageOf } from '../../src/domain/report/layout.ts';
import { outlookOf } from '../../src/domain/report/outlook.ts';
import { extent } from '../../src/domain/report/page.ts';
import { slackMessage } from '../../src/domain/report/slack.ts';
import { pageMarkdown, pageText } from '../../src/domain/report/text.ts';
import { changeText, dollars, keyMetricText, percentText, shortDollars } from '../../src/domain/report/words.ts';
import { reportOf } from '../../src/domain/report.ts';
import { figuresOf, hostileName } from '../support/report.ts';

const usd = (amount: number): number => Math.round(amount * 1e6);
const textOf = (changes: Partial<ReportFigures> = {}): string => pageText(pageOf(reportOf(figuresOf(changes))));
const adviceOf = (changes: Partial<ReportFigures>): string[] =>
  reportOf(figuresOf(changes)).advice.map(({ urgency, text, evidence }) => `${urgency}: ${text} ${evidence}`);
const hostile = (): ReportFigures => {
  const figures = figuresOf();
  return {
    ...figures,
    tenantId: hostileName,
    features: figures.features.map((one) => ({ ...one, feature: hostileName })),
    costs: figures.costs.map((one) => ({ ...one, category: hostileName })),
    experiments: figures.experiments.map((one) => ({ ...one, feature: hostileName, reason: hostileName })),
    rollouts: [{ flagId: hostileName, featureId: hostileName, stage: 'ga' }],
    stageChanges: figures.stageChanges.map((one) => ({ ...one, by: hostileName, reason: hostileName, flagId: hostileName })),
    alerts: figures.alerts.map((one) => ({ ...one, title: hostileName, tenant: hostileName, firing: true })),
    notes: [hostileName],
  };
};

describe('amounts and changes', () => {
  it('are written with their cents, a real minus, and no false precision', () => {
    expect([dollars(usd(1234.5)), dollars(usd(-0.01)), dollars(-1), shortDollars(usd(-1_250_000))]).toEqual([
      '$1,234.50',
      '−$0.01',
      '$0.00',
      '−$1.25M',
    ]);
    expect([percentText(null), percentText(-131.4), percentText(0.04)]).toEqual(['–', '−131 %', '0 %']);
    expect([changeText(110, 100), changeText(96.6, 100), changeText(5, 0), changeText(0, 0), changeText(100.01, 100)]).toEqual([
      '+10 %',
      '−3.4 %',
      'new',
      'unchanged',
      'unchanged',
    ]);
    expect(changeText(50, -100)).toBe('+150 %');
  });
});

describe('the summary', () => {
  it('says value, cost and ROI against the target, then the change, the best feature, what is proven, and the alerts', () => {
    const { summary } = reportOf(figuresOf());
    expect(summary).toEqual({
      verdict: 'fair',
      headline: '$6,520.00 of value on $828.50 of cost: ROI 687 %, below the target of 710 %.',
      sentences: [
        'Against the week before: value +6.9 %, cost +1.0 %.',
        'Most came from Real-Time Intelligence: $2,100.00.',
        'Experiments account for $1,800.00, for $900.00 at least.',
        '1 alert, all resolved.',
      ],
    });
  });

  it.each([
    ['good', { total: { valueUsdMicros: usd(8500), costUsdMicros: usd(1000) } }],
    ['warning', { total: { valueUsdMicros: usd(4000), costUsdMicros: usd(1000) } }],
    ['critical', { total: { valueUsdMicros: usd(2500), costUsdMicros: usd(1000) } }],
    ['unknown', { total: { valueUsdMicros: usd(2500), costUsdMicros: 0 } }],
  ] as const)('is %s by the limits of the ROI', (verdict, changes) => {
    expect(reportOf(figuresOf(changes)).summary.verdict).toBe(verdict);
  });

  it('does not call a period worse that is still going on, and owns up to having nothing', () => {
    const { summary } = reportOf(figuresOf({ complete: false }));
    expect(summary.sentences[0]).toBe('The period is still going on: these figures will grow.');
    const nothing = { valueUsdMicros: 0, costUsdMicros: 0 };
    const empty = reportOf(figuresOf({ total: nothing, previousTotal: nothing, features: [], costs: [], alerts: [], days: [] }));
    expect([empty.summary.headline, empty.summary.sentences]).toEqual([
      'Nothing was measured.',
      ['There are no figures of the week before.', 'No alerts.'],
    ]);
    expect(pageHtml(pageOf(empty))).toContain('No costs are known.');
  });
});

describe('recommendations', () => {
  it('put what is urgent first and name their evidence', () => {
    const [alert] = figuresOf().alerts;
    const all = adviceOf({
      alerts: [{ ...alert, firing: true, severity: 'critical', tenant: 'acme' } as NonNullable<typeof alert>],
      stageChanges: figuresOf().stageChanges.map((one) => ({
        ...one,
        by: 'guard',
        to: 'disabled',
        reason: 'error_rate_spike: 25 % failed',
      })),
      quality: {
        sources: [{ source: 'ai-coaching', n: 0, previousN: 118 }],
        late: 0,
        deadLetters: [{ reason: 'invalid_field', n: 12 }],
        dataThrough: null,
      },
    });
    expect(all.slice(0, 3)).toEqual([
      'act: Resolve "Error rate" (acme), which is still firing. Alert error-rate-1: 2.6 against a limit of 2.',
      'act: Find out why Real-Time Intelligence did harm before it is rolled out again. Flag realtime_intelligence was rolled back from beta 10: error_rate_spike: 25 % failed',
      'act: Check what sends ai coaching: nothing has arrived. 0 measurements after 118 the week before.',
    ]);
    expect(all.map((one) => one.split(':')[0])).toEqual([...all.map((one) => one.split(':')[0])].sort());
    expect(all.join('\n')).toContain('12 events could not be used, most often for invalid field (12).');
  });

  it('follow the experiments, and say when the observed value is more than they bear out', () => {
    const [feature, ...rest] = figuresOf().features;
    const causal = { valueUsdMicros: usd(800), lowUsdMicros: usd(300), highUsdMicros: usd(1300) };
    const all = adviceOf({ features: [{ ...feature, causal } as NonNullable<typeof feature>, ...rest] }).join('\n');
    expect(all).toContain(
      'consider: Roll Real-Time Intelligence out further. time to answer -91 % (-95 % to -85 %) with 210 and 207 units. Every goal is better.',
    );
    expect(all).toContain('Observed $2,100.00, causal $800.00 ($300.00 to $1,300.00).');
    expect(all).toContain('$4,420.00 rest on comparisons with a baseline only: Property Intelligence, Churn Prevention, AI Coaching.');
    const harmful = figuresOf().experiments.map((one) => ({ ...one, recommendation: 'rollback' as const, lift: null, liftInterval: null }));
    expect(adviceOf({ experiments: harmful })[0]).toContain('act: Roll Real-Time Intelligence back. time to answer without a lift');
    const running = figuresOf().experiments.map((one) => ({ ...one, recommendation: 'continue' as const }));
    expect(adviceOf({ experiments: running }).join()).not.toContain('Roll Real-Time');
  });

  it('name the feature that is furthest below its plan, drops of value, and costs that rose', () => {
    const features = figuresOf().features.map((one) => ({ ...one, valueUsdMicros: usd(200) }));
    const costs = figuresOf().costs.map((one) => ({ ...one, amountUsdMicros: one.previousUsdMicros * 2 }));
    const all = adviceOf({ features, costs, total: { valueUsdMicros: usd(800), costUsdMicros: usd(1640) } }).join('\n');
    expect(all).toContain('act: Look at Real-Time Intelligence first');
    expect(all).toContain('$10,428.57 a year at this rate, at least $75,000.00 planned.');
    expect(all).toContain('Find out why AI Coaching was worth 85 % less. $200.00 after $1,300.25 the week before, 412 uses.');
    expect(all).toContain('Review what infrastructure costs. $1,020.00 after $510.00 the week before (+100 %).');
    expect(adviceOf({ features, costs, complete: false }).join('\n')).not.toMatch(/Find out why|Review what/);
  });

  it('say the features’ own metrics in the units of everyday', () => {
    const found = textOf();
    expect(found).toContain('churn 22 %, target 20 %: not met');
    expect(found).toContain('time to answer 30 s, target 30 s: met');
    expect(keyMetricText('churned', 0.07, 0.2)).toBe('churn 7 %, target 20 %');
    expect(keyMetricText('session_duration_minutes', 18.17, 20)).toBe('session 18.17 min, target 20 min');
    expect(keyMetricText('own_score', 1, 2)).toBe('own score 1, target 2');
  });

  it('hold a category against itself, also when an estimate of it gives way to an invoice', () => {
    const of = (provenance: string, now: number, before: number) => ({
      ...{ category: 'infrastructure', provenance },
      ...{ amountUsdMicros: usd(now), previousUsdMicros: usd(before) },
    });
    const costs = [of('events', 460, 0), of('recurring', 0, 460)];
    expect(adviceOf({ costs }).join('\n')).not.toContain('Review what infrastructure costs');
    const page = pageText(pageOf(reportOf(figuresOf({ costs: [of('events', 300, 0), of('recurring', 160, 460)] }))));
    expect(page).toMatch(/Costs by category:\ninfrastructure +\$460\.00/);
  });

  it('name targets beyond their limits, by which limit, and say so when there is nothing to do', () => {
    const [latency, errors] = figuresOf().targets ?? [];
    const beyond = [
      { ...latency, actual: 250 },
      { ...errors, actual: 3 },
    ] as NonNullable<ReportFigures['targets']>;
    const all = adviceOf({ targets: beyond });
    expect(all).toContain('act: Bring WebSocket latency back within its limits. 250 ms over the period, limit 200 ms.');
    expect(all).toContain('consider: Bring Error rate back within its limits. 3 % over the period, limit 2 %.');
    const calm = figuresOf({
      total: { valueUsdMicros: usd(9000), costUsdMicros: usd(1000) },
      experiments: [],
      features: figuresOf().features.map((one) => ({
        ...one,
        keyMetric: null,
        causal: { valueUsdMicros: one.valueUsdMicros, lowUsdMicros: 0, highUsdMicros: one.valueUsdMicros },
      })),
    });
    expect(reportOf(calm).advice).toEqual([]);
    expect(textOf(calm)).toContain('Nothing needs attention.');
  });
});

describe('a report as HTML', () => {
  const html = pageHtml(pageOf(reportOf(figuresOf())));

  it('has a language, a title, one heading of the first order and headings below it in order', () => {
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect([...html.matchAll(/<h2[^>]*>([^<]+)/g)].map(([, title]) => title)).toEqual([
      'Executive summary',
      'Recommendations',
      'Value and cost',
      'Features',
      'Costs',
      'Performance targets',
      'Experiments and rollouts',
      'Alerts',
      'Data quality',
    ]);
  });

  it('needs nothing from outside and runs nothing: mail clients would hide it', () => {
    expect(html).not.toMatch(/<script|<svg|<img|<link|url\(|https?:\/\/|\son\w+=|javascript:/i);
  });

  it('says which of its tables hold data, names their rows and columns, and gives layout tables no meaning', () => {
    const tables = [...html.matchAll(/<table[^>]*>(?:(?!<table).){0,120}/gs)].map(([text]) => text);
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) expect(/role="presentation"/.test(table) || /<caption/.test(table), table).toBe(true);
    expect(html.match(/<th scope="col"/g)?.length).toBeGreaterThan(20);
    expect(html.match(/<th scope="row"/g)?.length).toBeGreaterThan(10);
    expect(html).toContain('role="img" aria-label="Net value by day');
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'br'].includes(name)) continue;
      if (slash === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('has colours that can be read: 4.5 to 1 at least', () => {
    const channel = (hex: string): number => {
      const share = Number.parseInt(hex, 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    const luminance = (colour: string): number => {
      const [r = 0, g = 0, b = 0] = [1, 3, 5].map((from) => channel(colour.slice(from, from + 2)));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a: string, b: string): number => {
      const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (light + 0.05) / (dark + 0.05);
    };
    const inks = ['#14663a', '#1f4e8c', '#8a4b00', '#a3162a', '#1c2733', '#4a5866'];
    const grounds = ['#ffffff', '#e6f4ec', '#e8f0fb', '#fdf1e0', '#fceaec', '#f3f5f7', '#eef1f4'];
    const used = new Set([...html.matchAll(/(?:^|[^-])color:(#[0-9a-f]{6})/g)].map(([, colour]) => colour));
    for (const ink of used) expect(inks).toContain(ink);
    for (const ink of inks) for (const ground of grounds) expect(contrast(ink, ground), `${ink} on ${ground}`).toBeGreaterThan(4.5);
  });

  it('takes hostile names for text, wherever they stand', () => {
    const { features: _, ...rest } = hostile();
    const page = pageOf(reportOf({ ...rest, features: hostile().features }));
    const made = pageHtml(page);
    expect(made).not.toMatch(/<script/i);
    expect(made).toContain('&lt;script&gt;');
    const attributes = [...made.matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag);
    for (const tag of attributes) expect(tag.replaceAll(/"[^"]*"/g, '').includes("'"), tag).toBe(false);
  });
});

describe('a chart', () => {
  it('keeps every bar within its width, and zero at one place', () => {
    const values = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, (all) => {
        const zero = extent(0, all).from;
        for (const value of all) {
          const { from, share } = extent(value, all);
          expect(from).toBeGreaterThanOrEqual(0);
          expect(from + share).toBeLessThanOrEqual(1 + 1e-9);
          expect(value >= 0 ? from : from + share).toBeCloseTo(zero, 9);
        }
      }),
    );
  });
});

describe('a report as text', () => {
  it('begins with what matters and keeps its lines short', () => {
    const text = textOf();
    expect(text.split('\n').slice(0, 5)).toEqual([
      'Weekly impact report: 5 to 11 January 2026',
      '==========================================',
      '',
      '[Below target, within limits]',
      '$6,520.00 of value on $828.50 of cost: ROI 687 %, below the target of 710 %.',
    ]);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(90);
    expect(text).toContain('WebSocket latency  41.27 ms   below 50 ms   100 ms    200 ms  met');
  });

  it('tells what the next weeks are expected to bring, with ranges', () => {
    const amount = (expected: number, low: number, high: number) => ({ expected: usd(expected), low: usd(low), high: usd(high) });
    const outlook = { days: 30, historyDays: 28, value: amount(28_000, 25_000, 31_000), cost: amount(3550, 3500, 3600), roiPercent: null };
    const text = textOf({ outlook: { ...outlook, roiPercent: { expected: 688.7, low: 600, high: 780 } } }).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'The next 30 days, going by the last 28: value $28,000.00 ($25,000.00 to $31,000.00), cost $3,550.00 ($3,500.00 to $3,600.00), ROI 689 % (600 % to 780 %).',
    );
    expect(textOf({ outlook }).replaceAll(/\s+/g, ' ')).toContain('to $3,600.00). In 8 of 10 cases');
    expect(reportData(reportOf(figuresOf({ outlook }))).outlook).toMatchObject({ valueUsd: { low: '25000.000000' }, roiPercent: null });
    const expected = (middle: number) => ({
      expected: middle,
      interval80: { lower: middle - 1, upper: middle + 1 },
      interval95: { lower: 0, upper: 0 },
    });
    const forecast = { historyDays: 28, days: [], models: {} as Forecast['models'] };
    const total = { valueUsd: expected(10), costUsd: expected(5), netUsd: { expected: 5 } };
    const roi = { expected: 100, interval80: null, interval95: null };
    expect(outlookOf({ ...forecast, total: { ...total, roiPercent: roi } })).toMatchObject({ value: { low: usd(9) }, roiPercent: null });
    expect(
      outlookOf({ ...forecast, total: { ...total, roiPercent: { ...roi, interval80: { lower: 80, upper: 120 } } } }).roiPercent,
    ).toEqual({ expected: 100, low: 80, high: 120 });
  });

  it('shows a quarter by weeks', () => {
    const days = Array.from({ length: 92 }, (_, i) => ({
      day: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      valueUsdMicros: usd(10),
      costUsdMicros: 0,
    }));
    expect(textOf({ kind: 'quarterly', period: { from: '2026-01-01', to: '2026-04-01' }, days })).toContain('01-01 – 01-07  $70.00  ####');
  });

  it('leaves the figures of the platform out for one tenant, and says so', () => {
    const text = textOf({ tenantId: 'acme', targets: null, quality: null });
    expect(text).not.toMatch(/PERFORMANCE TARGETS|DATA QUALITY/);
    expect(text).toContain('This report is about acme only.');
  });
});

describe('a report as Markdown', () => {
  it('is tables and lists, in which hostile names stay text', () => {
    const text = pageMarkdown(pageOf(reportOf(figuresOf())));
    expect(text).toContain('| Value | $6,520.00 | $6,100.25 | +6.9 % |');
    const made = pageMarkdown(pageOf(reportOf(hostile())));
    expect(made).not.toMatch(/(^|[^\\])<script/);
    expect(made).not.toMatch(/(^|[^\\])\[a\]/);
    const tables = made.split('\n').filter((line) => line.startsWith('|'));
    for (const line of tables) expect(line.endsWith('|'), line).toBe(true);
  });
});

describe('a report for Slack', () => {
  it('keeps to the limits of Block Kit and takes names for text', () => {
    const long = Array.from({ length: 20 }, (_, i) => ({ ...hostile().alerts[0], id: `a${i}`, title: hostileName.repeat(20) }));
    const { text, blocks } = slackMessage(reportOf({ ...hostile(), alerts: long as ReportFigures['alerts'] }));
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) {
      expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
      expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
    }
    expect(JSON.stringify(blocks) + text).not.toContain('<script');
    expect(blocks[0]).toMatchObject({ type: 'header', text: { type: 'plain_text' } });
  });

  it('says the verdict, the figures and the first recommendations', () => {
    const { blocks, text } = slackMessage(reportOf(figuresOf()));
    expect(text).toContain('ROI 687 %');
    expect(JSON.stringify(blocks)).toContain('*Real-Time Intelligence*\\n$2,100.00');
    expect(JSON.stringify(blocks)).toContain('Roll Real-Time Intelligence out further.');
  });
});

describe('a report as data', () => {
  it('has money as decimal text, and days', () => {
    const data = reportData(reportOf(figuresOf()));
    expect(data).toMatchObject({
      kind: 'weekly',
      date: '2026-01-05',
      period: { from: '2026-01-05', to: '2026-01-12', timeZone: 'UTC', complete: true },
      total: { valueUsd: '6520.000000', costUsd: '828.500000', netUsd: '5691.500000' },
    });
    expect(data.features[0]).toMatchObject({
      feature: 'realtime_intelligence',
      valueUsd: '2100.000000',
      causalUsd: { low: '900.000000' },
      lowerBoundUsd: '900.000000',
    });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('is exported as the first dashboard did', () => {
    expect(dashboardExport(reportOf(figuresOf()))).toEqual({
      date: '2026-01-11',
      features: {
        realtime_intelligence: { revenue_impact: 2100, roi_percentage: 8471.43 },
        property_intelligence: { revenue_impact: 1620, roi_percentage: 6512.24 },
        churn_prevention: { revenue_impact: 1400, roi_percentage: 5614.29 },
        ai_coaching: { revenue_impact: 1400, roi_percentage: 5614.29 },
      },
      total_roi: 686.96,
    });
  });

  it('is CSV in which no cell becomes a formula', () => {
    const csv = reportCsv(reportOf(figuresOf()));
    expect(csv.split('\n').slice(0, 3)).toEqual([
      'section,name,value_usd,cost_usd,roi_percent,previous_usd',
      'total,total,6520.000000,828.500000,686.9644,6100.250000'.replace('686.9644', String(((6520 - 828.5) / 828.5) * 100)),
      `feature,realtime_intelligence,2100.000000,24.500000,${((2100 - 24.5) / 24.5) * 100},2050.000000`,
    ]);
    const wild = reportCsv(
      reportOf(
        figuresOf({ costs: [{ category: '=HYPERLINK("x","y")', provenance: 'manual', amountUsdMicros: usd(-3), previousUsdMicros: 0 }] }),
      ),
    );
    const row = parseCsv(wild).find(({ cells }) => cells[0] === 'cost')?.cells;
    expect(row).toEqual(['cost', `'=HYPERLINK("x","y")`, '', '-3.000000', '', '0.000000']);
  });
});
