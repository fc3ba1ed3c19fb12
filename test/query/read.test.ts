/** Parameters in, exact SQL out: the golden files are what a person reads to know what is asked of ClickHouse. */
import { describe, expect, it } from 'vitest';
import { parseMeasure } from '../../src/domain/experiment/measure.ts';
import { experimentQuestion } from '../../src/domain/experiment/question.ts';
import type { ExperimentQuestion, Measure } from '../../src/domain/experiment.ts';
import { stepEdges } from '../../src/domain/step.ts';
import { cover } from '../../src/domain/tier.ts';
import { alertRows, alertTransitions } from '../../src/query/alerts.ts';
import { featureRows, metricRows, tenantRows } from '../../src/query/discovery.ts';
import { type CellSources, experimentRowsOfCells } from '../../src/query/experiment/cells.ts';
import { experimentRowsOfFold, foldOf, keepFold } from '../../src/query/experiment/fold.ts';
import { buildOf, dayStates, keepCells, keepExposures, keptParts, registerBuilds, seriesOf } from '../../src/query/experiment/keep.ts';
import { quantileRows, storedMeasurements } from '../../src/query/experiment/quantile.ts';
import { keepValues, keptValues, rawValues } from '../../src/query/experiment/values.ts';
import { experimentRows } from '../../src/query/experiment.ts';
import { experimentList, experimentStamp } from '../../src/query/experiments.ts';
import { impactRows, newestMinute } from '../../src/query/impact.ts';
import { lagRows } from '../../src/query/lag.ts';
import { revisionRows, rollupRowsOf } from '../../src/query/lineage.ts';
import { newestWrites } from '../../src/query/live.ts';
import { performanceRows, upRows } from '../../src/query/performance.ts';
import { adoptionOfDays, uptimeOfDays } from '../../src/query/roi/performance.ts';
import { valueRows } from '../../src/query/roi/rows.ts';
import { narrow, scopeOf, seesEveryTenant } from '../../src/query/scope.ts';
import { seriesRows, seriesStamps } from '../../src/query/series.ts';
import type { Statement } from '../../src/query/statement.ts';

const everyone = scopeOf(null);
const acme = scopeOf('acme');
const at = (text: string): number => Date.parse(text);

const text = (statement: Statement<unknown>): string => `${statement.text}\n-- ${JSON.stringify(statement.params)}\n`;
const series = { metric: 'response_time_seconds', groupBy: [], limit: 11_001 } as const;
const march = stepEdges('1d', at('2026-03-07T05:00:00Z'), at('2026-03-10T04:00:00Z'), 'America/New_York');

const february = { from: at('2026-02-01T00:00:00Z'), to: at('2026-02-04T00:00:00Z') };
const experiment = (daily: boolean, preDays: number): ExperimentQuestion =>
  experimentQuestion(
    {
      feature: 'ai_coaching',
      metrics: ['productivity_score'],
      guardrails: [],
      period: february,
      preDays,
      policy: 'sequential',
      alpha: 0.05,
      daily,
      zone: 'UTC',
    },
    null,
  );
const measure = (text: string): Measure => parseMeasure(text) as Measure;

const build = '7602794921308356615';
const keeping = { from: february.from, to: february.from + 86_400_000, build };
const allKept = { exposures: { builds: [build], raw: [] }, cells: { builds: [build], raw: [] } };
const partlyKept = { exposures: { builds: [build], raw: [keeping] }, cells: { builds: [], raw: [keeping] } };

/** All of February's first two days is kept, the third is not. */
const third = { from: february.from + 2 * 86_400_000, to: february.to };
const firstDay = buildOf(keeping, 7);
const untilToday = { exposures: { builds: [firstDay], raw: [third] }, cells: { builds: [firstDay], raw: [third] } };
const untilEnd = { exposures: { builds: [firstDay], raw: [] }, cells: { builds: [firstDay], raw: [] } };
const summedUp = { series: 'units of these', build: '7603536974762377216' };
const folded = (sources: CellSources) => foldOf(experiment(false, 14), sources) as NonNullable<ReturnType<typeof foldOf>>;

const p95 = measure('api_latency_ms:p95');

const cases: Record<string, Statement<unknown>> = {
  'impact-of-a-day': impactRows(acme, cover(at('2026-01-11T00:00:00Z'), at('2026-01-12T00:00:00Z'))),
  'impact-off-the-hour': impactRows(everyone, cover(at('2026-01-10T18:30:00Z'), at('2026-01-13T18:30:00Z'))),
  'roi-values-of-days': valueRows(acme, march, 'worth'),
  'roi-every-metric-of-days': valueRows(everyone, [at('2026-01-11T00:00:00Z'), at('2026-01-12T00:00:00Z')], 'all'),
  'roi-uptime-of-days': uptimeOfDays(march),
  'roi-adoption-of-days': adoptionOfDays(march),
  'newest-minute': newestMinute(acme, at('2026-01-11T12:00:00Z')),
  'newest-writes': newestWrites(acme, { data: at('2026-01-11T12:00:00Z'), alerts: 0, quality: 5_999 }),
  'performance-of-a-day': performanceRows(acme, { from: at('2026-01-11T00:00:00Z'), to: at('2026-01-12T00:00:00Z') }),
  'uptime-of-a-day': upRows(everyone, { from: at('2026-01-11T00:00:00Z'), to: at('2026-01-12T00:00:00Z') }),
  'series-equal-steps': seriesRows(everyone, {
    ...series,
    aggregate: 'mean',
    edges: stepEdges('15m', at('2026-01-11T00:00:00Z'), at('2026-01-12T00:00:00Z'), 'UTC'),
  }),
  'series-unequal-steps': seriesRows(acme, {
    ...series,
    aggregate: 'p99.9',
    feature: 'realtime_intelligence',
    variant: '',
    groupBy: ['feature', 'variant'],
    edges: march,
  }),
  'series-stddev': seriesRows(everyone, {
    ...series,
    aggregate: 'stddev',
    edges: [at('2026-01-01T00:00:00Z'), at('2026-02-01T00:00:00Z')],
  }),
  'series-stamps': seriesStamps(acme, { ...series, aggregate: 'p95', edges: [at('2026-01-01T00:00:00Z'), at('2026-01-01T01:00:00Z')] }),
  'metrics-there-are': metricRows(acme),
  'lineage-revisions': revisionRows(acme, '0f8fad5b-d9cb-469f-a165-70867728950e'),
  'lineage-rollups': rollupRowsOf({
    tenant: 'acme',
    feature: 'ai_coaching',
    variant: 'treatment',
    metrics: ['productivity_score'],
    minute: 1_768_000_020,
  }),
  'alerts-page': alertRows(acme, { state: 'firing', rule: 'roi', openedFrom: 1, openedTo: undefined }, { openedAt: 5, alertId: 'a' }, 101),
  'alerts-all': alertRows(everyone, {}, null, 101),
  'alert-transitions': alertTransitions(acme, 'a'),
  'experiment-mean': experimentRows(acme, experiment(false, 14), measure('productivity_score')),
  'experiment-daily-proportion': experimentRows(everyone, experiment(true, 0), measure('churned')),
  'experiment-ratio': experimentRows(acme, { ...experiment(false, 0), unit: 'entity' }, measure('errors:ratio:visits')),
  'experiment-quantile': quantileRows(rawValues(acme, experiment(false, 0), p95, 1), 0.95),
  'experiment-quantile-of-sample': quantileRows(rawValues(acme, experiment(false, 0), p95, 4), 0.95),
  'experiment-kept-values': keptValues(acme, experiment(false, 0), p95, 4, partlyKept),
  'experiment-keep-values': keepValues(acme, experiment(false, 0), p95, 4, [keeping], [february]),
  'experiment-stored-measurements': storedMeasurements(acme, experiment(false, 0), p95),
  'experiment-of-cells': experimentRowsOfCells(acme, experiment(false, 14), measure('productivity_score'), partlyKept),
  'experiment-of-cells-daily-ratio': experimentRowsOfCells(acme, experiment(true, 0), measure('errors:ratio:visits'), allKept),
  'experiment-keep-fold': keepFold(acme, experiment(false, 14), measure('productivity_score'), folded(untilToday), summedUp),
  'experiment-of-fold': experimentRowsOfFold(acme, experiment(false, 14), measure('productivity_score'), folded(untilToday), summedUp),
  'experiment-of-fold-alone': experimentRowsOfFold(acme, experiment(false, 14), measure('churned'), folded(untilEnd), summedUp),
  'experiment-day-states': dayStates(acme, 'ai_coaching', february),
  'experiment-kept-parts': keptParts(seriesOf(acme, experiment(false, 0), null), february),
  'experiment-keep-exposures': keepExposures(acme, experiment(false, 0), [keeping], [february]),
  'experiment-keep-cells': keepCells(acme, experiment(false, 0), measure('errors:ratio:visits'), [keeping], [february]),
  'experiment-register-builds': registerBuilds('series', [{ ...keeping, stamp: '7' }]),
  'experiment-list': experimentList(acme),
  'experiment-stamp': experimentStamp(acme, 'ai_coaching', february),
};

describe('the SQL of', () => {
  it.each(Object.entries(cases))('%s is as agreed', async (name, statement) => {
    await expect(text(statement)).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});

describe('what units did until today', () => {
  const question = experiment(false, 14);
  it('is summed up to the first part that is read raw', () => {
    expect(foldOf(question, untilToday)).toMatchObject({ end: third.from, raw: [third] });
    expect(foldOf(question, untilEnd)).toMatchObject({ end: february.to, raw: [] });
  });

  it('is not, where that would not serve', () => {
    const [early, late] = [
      { builds: [], raw: [third] },
      { builds: [build], raw: [keeping, third] },
    ];
    expect(foldOf(experiment(true, 14), untilToday)).toBeNull();
    expect(foldOf(question, { exposures: early, cells: early })).toBeNull();
    expect(foldOf(question, { exposures: late, cells: late })).toBeNull();
    expect(foldOf({ ...question, period: { ...february, to: february.to + 86_400_000 } }, untilToday)).not.toBeNull();
    expect(foldOf({ ...question, period: { ...february, to: february.to + 2 * 86_400_000 } }, untilToday)).toBeNull();
  });
});

describe('a scope', () => {
  it('is in every question that it is asked with, as a parameter and never as text', () => {
    const hostile = scopeOf("x' OR 1 = 1 --");
    const edges = [0, 60_000];
    const statements: Statement<unknown>[] = [
      impactRows(hostile, cover(0, 90_000_000)),
      newestMinute(hostile, 0),
      seriesRows(hostile, { ...series, aggregate: 'count', edges }),
      seriesStamps(hostile, { ...series, aggregate: 'count', edges }),
      ...[tenantRows, featureRows, metricRows].map((rows) => rows(hostile)),
      revisionRows(hostile, ''),
      experimentRows(hostile, experiment(false, 14), measure('churned')),
      rawValues(hostile, experiment(false, 0), measure('churned:p50'), 1),
      keepValues(hostile, experiment(false, 0), measure('churned:p50'), 2, [keeping], [february]),
      dayStates(hostile, 'f', february),
      keepExposures(hostile, experiment(false, 0), [keeping], [february]),
      keepCells(hostile, experiment(false, 0), measure('churned'), [keeping], [february]),
      experimentList(hostile),
      experimentStamp(hostile, 'f', february),
      alertRows(hostile, {}, null, 1),
      alertTransitions(hostile, ''),
    ];
    for (const statement of statements) {
      expect(statement.text).toContain('tenant = {scopeTenant:String}');
      expect(statement.text).not.toContain('OR 1 = 1');
      expect(statement.params['scopeTenant']).toBe(hostile.tenantId);
    }
  });

  it('asks each tier for the tenant, not only the first', () => {
    const ranges = cover(at('2026-01-10T18:30:00Z'), at('2026-01-13T18:30:00Z'));
    expect(impactRows(acme, ranges).text.match(/scopeTenant/g)).toHaveLength(ranges.length);
  });

  it('has its own part of what is kept of experiments', () => {
    const question = experiment(false, 0);
    const series = [everyone, acme, scopeOf('globex')].flatMap((scope) => [
      seriesOf(scope, question, null),
      seriesOf(scope, question, measure('churned')),
    ]);
    expect(new Set(series).size).toBe(6);
  });

  it('can be narrowed, never widened nor moved', () => {
    expect(narrow(everyone, 'acme').tenantId).toBe('acme');
    expect(narrow(acme, undefined).tenantId).toBe('acme');
    expect(narrow(acme, 'acme').tenantId).toBe('acme');
    expect(() => narrow(acme, 'globex')).toThrow(/belongs to another tenant/);
    expect([seesEveryTenant(everyone), seesEveryTenant(acme)]).toEqual([true, false]);
    if (seesEveryTenant(everyone)) expect(lagRows(everyone, 0).text).toContain('pipeline_lag_final');
  });
});
