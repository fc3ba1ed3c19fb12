/** The pure parts of the dashboard. */
import { describe, expect, it } from 'vitest';
import { pagePaths } from '../../src/api/static.ts';
import { ago, dayIn, dayStart, figure, inUnit, percent, pValue, seconds, signed, spoken, title, usd } from '../../src/web/format.ts';
import { adoptionVerdict, alertVerdict, performanceVerdict, roiVerdict, worst } from '../../src/web/health.ts';
import { parseEvents } from '../../src/web/live.ts';
import { subjectOf } from '../../src/web/pages/alerts/subject.ts';
import { tenantsOf } from '../../src/web/pages/flags/edit.tsx';
import { samplesOf } from '../../src/web/pages/flags/statistics.tsx';
import { documentOf, draftOf } from '../../src/web/pages/rules/draft.ts';
import { pages } from '../../src/web/pages.ts';
import { ticksOf } from '../../src/web/parts/intervals.tsx';
import { extentOf } from '../../src/web/parts/report.tsx';
import { spansOf } from '../../src/web/parts/waterfall.tsx';
import { spanOf } from '../../src/web/range.ts';
import { csvText } from '../../src/web/save.ts';

describe('figures', () => {
  it('have three digits that count, and a dash where there is nothing', () => {
    expect([1234.5, 123.45, 12.345, 1.2345, 0.12345, 0, null, Number.NaN].map(figure)).toEqual([
      '1,235',
      '123',
      '12.3',
      '1.23',
      '0.123',
      '0',
      '–',
      '–',
    ]);
  });

  it('of money have the minus before the dollar, and cents only where they count', () => {
    expect(['1234.500000', '-99.900000', '1234567', '-9036900000', '0.000000', null].map(usd)).toEqual([
      '$1,235',
      '−$99.90',
      '$1.23M',
      '−$9.04B',
      '$0',
      '–',
    ]);
  });

  it('have the unit that the API names', () => {
    expect([
      inUnit(0.021, 'share'),
      inUnit(31.4, 'ms'),
      inUnit(900, 's'),
      inUnit(5, 'USD'),
      inUnit(3, 'points'),
      inUnit(null, 'ms'),
    ]).toEqual(['2.1 %', '31.4 ms', '15 min', '$5.00', '3 points', '–']);
  });

  it('say p-values no more exactly than they are known', () => {
    expect([0.0431, 0.000001, 0.99999, null].map(pValue)).toEqual(['0.043', '< 0.0001', '> 0.9999', '–']);
  });

  it('below zero have a minus, not a hyphen', () => {
    expect([figure(-2), percent(-12.5)]).toEqual(['−2', '−12.5 %']);
  });

  it('that change carry their sign', () => {
    expect([signed(3.2), signed(-3.2, percent), signed(0)]).toEqual(['+3.2', '−3.2 %', '±0']);
  });
});

describe('times', () => {
  it('of business days are under their own date wherever the reader is', () => {
    expect(new Date(dayStart('2026-01-11')).getDate()).toBe(11);
    expect(dayIn(Date.UTC(2026, 0, 11, 23, 30), 'America/New_York')).toBe('11 Jan');
    expect(dayIn(Date.UTC(2026, 0, 11, 23, 30), 'Europe/Berlin')).toBe('12 Jan');
  });

  it('are told in at most two units', () => {
    expect([25, 200, 3600, 7500, 273_600].map(seconds)).toEqual(['25 s', '3 min 20 s', '1 h', '2 h 5 min', '3 d 4 h']);
  });

  it('of the past are told roughly', () => {
    expect([2, 40, 1606, 7300].map((past) => ago(0, past * 1000))).toEqual(['just now', '40 s ago', '26 min ago', '2 h ago']);
  });

  it('of a range stay the same all minute long', () => {
    expect(spanOf('1h', 90_001)).toEqual(spanOf('1h', 119_999));
  });
});

it('gives names to ids, with the unit left to the values', () => {
  expect(['ai_coaching', 'realtime_intelligence', 'response_time_seconds', 'ml_inference_latency_ms', 'error-rate'].map(title)).toEqual([
    'AI coaching',
    'Real-time intelligence',
    'Response time',
    'ML inference latency',
    'Error rate',
  ]);
});

it('has every page where the API serves it', () => {
  expect(pages.map(({ path }) => path)).toEqual([...pagePaths]);
});

it('speaks of features, metrics and stages by their names, and leaves everything else as it is', () => {
  expect(spoken('0 of 7 days at beta_50: ai_coaching, productivity_score 73.42 of the lift')).toBe(
    '0 of 7 days at 50 %: AI coaching, Productivity score 73.42 of the lift',
  );
});

it('says whose an alert is, without a name for what belongs to nobody', () => {
  const whose = [
    [null, null],
    [null, 'platform'],
    ['acme', 'platform'],
    ['acme', 'ai_coaching'],
  ] as const;
  expect(whose.map(([tenant, feature]) => subjectOf({ tenant, feature }))).toEqual([
    'the platform',
    'the platform',
    'acme',
    'acme · AI coaching',
  ]);
});

describe('health', () => {
  it('is as good as the worst of what is known', () => {
    expect([worst(['good', 'warn', 'unknown']), worst(['unknown']), worst(['good', 'bad', 'warn']), worst([])]).toEqual([
      'warn',
      'unknown',
      'bad',
      'unknown',
    ]);
  });

  it('goes by the targets', () => {
    const verdicts = (['met', 'within', 'warning', 'critical', 'unknown'] as const).map((state) => performanceVerdict([state]));
    expect(verdicts).toEqual(['good', 'warn', 'warn', 'bad', 'unknown']);
    expect([roiVerdict(710, 710), roiVerdict(0, 710), roiVerdict(-1, 710), roiVerdict(null, 710)]).toEqual([
      'good',
      'warn',
      'bad',
      'unknown',
    ]);
    expect([80, 40, 39, null].map((share) => adoptionVerdict(share, 80))).toEqual(['good', 'warn', 'bad', 'unknown']);
    expect([[], [{ severity: 'warning' }], [{ severity: 'warning' }, { severity: 'critical' }]].map(alertVerdict)).toEqual([
      'good',
      'warn',
      'bad',
    ]);
  });
});

describe('drawings', () => {
  it('let each bar of a waterfall begin where the one before it ended, and totals at zero', () => {
    const spans = spansOf([
      { label: 'a', amount: 10 },
      { label: 'b', amount: 5 },
      { label: 'value', amount: 15, total: true },
      { label: 'cost', amount: -4 },
      { label: 'net', amount: 11, total: true },
    ]);
    expect(spans.map(({ from, to }) => [from, to])).toEqual([
      [0, 10],
      [10, 15],
      [0, 15],
      [15, 11],
      [0, 11],
    ]);
  });

  it('of a report begin at zero, on either side of it', () => {
    expect([30, -10, 0].map((value) => extentOf(value, [30, -10, 0]))).toEqual([
      { from: 25, length: 75 },
      { from: 0, length: 25 },
      { from: 25, length: 0 },
    ]);
    expect(extentOf(0, [0])).toEqual({ from: 0, length: 0 });
  });

  it('have round ticks inside the range', () => {
    expect(ticksOf(-0.3, 1.1)).toEqual([0, 0.5, 1]);
    expect(ticksOf(0, 100)).toEqual([0, 20, 40, 60, 80, 100]);
  });
});

describe('texts of others', () => {
  it('are events as soon as they are complete', () => {
    const { events, rest } = parseEvents('retry: 2000\n\n:\n\nid: 1~2\nevent: change\ndata: {"changed":["data"]}\n\nid: 3');
    expect(events).toEqual([{ id: '1~2', event: 'change', data: '{"changed":["data"]}' }]);
    expect(rest).toBe('id: 3');
  });

  it('are samples of one metric', () => {
    const text = '# HELP a b\nimpact_a{quantile="0.5"} 1e-6\nimpact_a{quantile="0.99"} 2\nimpact_ab 7\n';
    expect(samplesOf(text, 'impact_a')).toEqual([
      { labels: '{quantile="0.5"}', value: 1e-6 },
      { labels: '{quantile="0.99"}', value: 2 },
    ]);
  });

  it('are tenants, one a line or after commas, each once', () => {
    expect(tenantsOf(' acme\nglobex, acme,,\n')).toEqual(['acme', 'globex']);
  });
});

it('writes cells that no spreadsheet takes for formulas, and quotes what must be quoted', () => {
  expect(
    csvText([
      { a: '=1+1', b: 'x,y', c: null },
      { a: 'say "so"', b: -2, c: 3 },
    ]),
  ).toBe(`a,b,c\r\n'=1+1,"x,y",\r\n"say ""so""",-2,3`);
});

it('leaves out what a rule does not say, and keeps what it says', () => {
  const rule = {
    id: 'a',
    title: 'A',
    metric: 'm',
    statistic: 'percent',
    scope: 'tenant',
    window: '1m',
    comparison: 'above',
    critical: 5,
    for: '1m',
    minSample: 3,
  };
  expect(documentOf(draftOf(rule))).toEqual({ ...rule, noData: '1h', resolveMargin: 0, enabled: true });
});
