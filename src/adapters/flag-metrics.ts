/** What a process's flag lookups come to, as metrics. */
import type { FlagReader, FlagStatistics } from '../domain/flags/reader.ts';
import type { Metrics } from '../runtime/metrics.ts';

const counters: Partial<Record<keyof FlagStatistics, string>> = {
  lookups: 'impact_flag_lookups_total',
  hits: 'impact_flag_cache_hits_total',
  staleLookups: 'impact_flag_stale_lookups_total',
  unknown: 'impact_flag_unknown_total',
  errors: 'impact_flag_errors_total',
  loads: 'impact_flag_loads_total',
  news: 'impact_flag_news_total',
  loadFailures: 'impact_flag_load_failures_total',
};

const MICROS_PER_SECOND = 1_000_000;

/**
 * @param now milliseconds since 1970
 * @returns a function to call before metrics are read: it adds what has happened since it was last called
 */
export function createFlagReport(
  reader: Pick<FlagReader, 'statistics' | 'state' | 'flags'>,
  metrics: Metrics,
  now: () => number,
): () => void {
  let before: FlagStatistics | null = null;
  return () => {
    const [seen, { stale, confirmedAt }] = [reader.statistics(), reader.state()];
    for (const [key, name] of Object.entries(counters) as [keyof FlagStatistics, string][])
      metrics.count(name, {}, Number(seen[key]) - Number(before?.[key] ?? 0));
    for (const [quantile, micros] of [
      ['0.5', seen.lookupMicros.p50],
      ['0.99', seen.lookupMicros.p99],
    ] as const)
      if (micros !== null) metrics.set('impact_flag_lookup_seconds', micros / MICROS_PER_SECOND, { quantile });
    metrics.set('impact_flag_hit_ratio', seen.lookups === 0 ? 1 : seen.hits / seen.lookups);
    metrics.set('impact_flag_error_ratio', seen.lookups === 0 ? 0 : seen.errors / seen.lookups);
    metrics.set('impact_flag_stale', stale ? 1 : 0);
    metrics.set('impact_flag_flags', reader.flags().length);
    if (confirmedAt !== null) metrics.set('impact_flag_copy_age_seconds', (now() - confirmedAt) / 1000);
    before = seen;
  };
}
