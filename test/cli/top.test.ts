import { describe, expect, it } from 'vitest';
import { seriesLines } from '../../src/cli/query-series.ts';
import type { System } from '../../src/cli/system.ts';
import { visibleWidth } from '../../src/cli/table.ts';
import { type Picture, topText } from '../../src/cli/top-text.ts';
import { impact } from './terminal.ts';

const at = Date.UTC(2026, 0, 11, 12);

const alert = {
  title: 'Error rate',
  metric: 'request_error',
  statistic: 'percent',
  severity: 'critical',
  tenant: 'acme',
  feature: '',
  value: 6.5,
  comparison: 'above',
  threshold: 5,
  openedAt: at - 3_900_000,
};
const picture: Picture = {
  at,
  stages: [{ stage: 'store', lag: 12_000, perSecond: 4980.4, watermarkSeconds: 2.5, lags: [0, 6000, 12_000] }],
  topics: [{ topic: 'impact-lead-intelligence', eventsPerSecond: 5000, delayP99Seconds: 0.75, rates: [4000, 5000] }],
  figures: [{ metric: 'request_error', mean: 0.065, n: 1200, means: [0.01, 0.065] }],
  alerts: [alert] as Picture['alerts'],
};

describe('the picture of impact top', () => {
  it('tells lag, rates, delays, figures and alerts, each with its unit', () => {
    const text = topText(picture, { columns: 120, colour: false });
    expect(text).toContain('2026-01-11 12:00:00 UTC');
    expect(text).toMatch(/store +12,000 +4,980 +2.5 s +▁▅█/);
    expect(text).toMatch(/impact-lead-intelligence +5,000 +0.75 s +▇█/);
    expect(text).toMatch(/error rate, % +6.5 +1,200 +▁█/);
    expect(text).toMatch(/critical +Error rate +acme +6.5 % \(limit: above 5 %\) +1 h 5 min/);
  });

  it('says so when nothing fires and nothing is measured', () => {
    const text = topText({ ...picture, stages: [], topics: [], figures: [], alerts: [] }, { columns: 80, colour: false });
    expect(text).toContain('No alert fires');
    for (const said of ['no stage has reported', 'nothing was stored', 'no request was measured']) expect(text).toContain(said);
  });

  it('fits into a narrow terminal, with colours as without', () => {
    for (const colour of [true, false])
      for (const line of topText(picture, { columns: 40, colour }).split('\n')) expect(visibleWidth(line)).toBeLessThanOrEqual(40);
  });
});

describe('the command', () => {
  const rows = async () => [];
  const open = async () => ({ clickhouse: { query: rows }, close: async () => {} }) as unknown as System;

  it('takes one look', async () => {
    const { status, out } = await impact('top --once', { open });
    expect(status).toBe(0);
    expect(out).toContain('Stages');
  });

  it('prints one object for programs', async () => {
    const { out } = await impact('top --once --output json', { open });
    expect(JSON.parse(out)).toEqual({ at, stages: [], topics: [], figures: [], alerts: [] });
  });

  it('gives the terminal back when it is ended, and goes on looking after a failure', async () => {
    const ending = new AbortController();
    let looks = 0;
    const failing = async () => {
      looks += 1;
      if (looks > 4) ending.abort();
      if (looks === 1) throw new Error('no answer');
      return [];
    };
    const opened = async () => ({ clickhouse: { query: failing }, close: async () => {} }) as unknown as System;
    const { out, err } = await impact('top --interval 1', { open: opened, terminal: true, signal: ending.signal });
    expect(err).toContain('no answer');
    expect(out.startsWith('\u001b[?1049h')).toBe(true);
    expect(out.endsWith('\u001b[?1049l')).toBe(true);
  });
});

describe('a series under its table', () => {
  it('is a line of bars with its range, one for each group, gaps where nothing is known', () => {
    const row = (second: number, value: number, tenant: string) => ({ at: second, value, tenant });
    const rows = [row(0, 1, 'acme'), row(120, 3, 'acme'), row(0, 5, 'b')];
    expect(seriesLines(rows, [0, 60_000, 120_000, 180_000], ['tenant'])).toBe('acme  ▁ █  1 to 3\nb     ▁    5 to 5');
  });

  it('has no name where there is one only', () => {
    expect(seriesLines([{ at: 0, value: 2 }], [0, 60_000], [])).toBe('▁  2 to 2');
    expect(seriesLines([], [0, 60_000], [])).toBe('');
  });
});
