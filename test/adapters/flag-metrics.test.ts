import { expect, it } from 'vitest';
import { createFlagReport } from '../../src/adapters/flag-metrics.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import type { FlagState, FlagStatistics } from '../../src/domain/flags/reader.ts';
import { AT, flag } from '../support/flags.ts';

const seen = (lookups: number, stale = 0): FlagStatistics => ({
  lookups,
  hits: lookups - stale,
  staleLookups: stale,
  unknown: 0,
  errors: 1,
  loads: 1,
  news: 2,
  loadFailures: 0,
  lookupMicros: { p50: lookups === 0 ? null : 0.25, p99: lookups === 0 ? null : 1.5, samples: lookups },
});

it('adds what happened since it was last read, and shows the state of the copy', async () => {
  const metrics = createMetrics();
  let statistics = seen(0);
  let state: FlagState = { revision: null, stale: true, confirmedAt: null, problem: 'nothing yet' };
  const report = createFlagReport({ statistics: () => statistics, state: () => state, flags: () => [flag()] }, metrics, () => AT + 4000);
  report();
  const first = (await metrics.render()).text;
  expect(first).toContain('impact_flag_stale 1');
  expect(first).toContain('impact_flag_hit_ratio 1');
  expect(first).not.toContain('impact_flag_lookup_seconds{');
  statistics = seen(100, 10);
  state = { revision: 'e.1', stale: false, confirmedAt: AT, problem: null };
  report();
  statistics = seen(150, 10);
  report();
  const { text } = await metrics.render();
  for (const line of [
    'impact_flag_lookups_total 150',
    'impact_flag_cache_hits_total 140',
    'impact_flag_stale_lookups_total 10',
    'impact_flag_errors_total 1',
    'impact_flag_news_total 2',
    'impact_flag_load_failures_total 0',
    'impact_flag_lookup_seconds{quantile="0.5"} 2.5e-7',
    'impact_flag_lookup_seconds{quantile="0.99"} 0.0000015',
    'impact_flag_stale 0',
    'impact_flag_flags 1',
    'impact_flag_copy_age_seconds 4',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/impact_flag_hit_ratio 0\.93/);
  expect(text).toMatch(/impact_flag_error_ratio 0\.0066/);
});
