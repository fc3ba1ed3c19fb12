/** Counting lookups, at the price of a few additions each; the time of every so-manieth is taken. */
import type { Evaluation } from '../domain/flags/evaluation.ts';
import type { FlagStatistics } from '../domain/flags/reader.ts';

export type Counters = {
  /** Counts a lookup. */
  count(answer: Evaluation, stale: boolean): void;
  /** Whether the time of the next lookup is to be taken. */
  due(): boolean;
  took(micros: number): void;
  loaded(): void;
  told(): void;
  failed(): void;
  snapshot(): FlagStatistics;
};

const SAMPLED_ONE_IN = 64;
const MAX_SAMPLES = 1024;

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

/** Nothing counted yet. */
export function createCounters(): Counters {
  let [lookups, staleLookups, unknown, errors, loads, news, loadFailures, taken] = [0, 0, 0, 0, 0, 0, 0, 0];
  /** The last samples, in a ring. */
  const samples: number[] = [];
  return {
    count(answer, stale) {
      lookups += 1;
      if (answer.version === 0) unknown += 1;
      else {
        if (stale) staleLookups += 1;
        if (answer.errorCode !== null) errors += 1;
      }
    },
    due: () => lookups % SAMPLED_ONE_IN === 0,
    took(micros) {
      samples[taken % MAX_SAMPLES] = micros;
      taken += 1;
    },
    loaded() {
      loads += 1;
    },
    told() {
      news += 1;
    },
    failed() {
      loadFailures += 1;
    },
    snapshot() {
      const sorted = [...samples].sort((a, b) => a - b);
      const lookupMicros = { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), samples: taken };
      return { lookups, hits: lookups - staleLookups - unknown, staleLookups, unknown, errors, loads, news, loadFailures, lookupMicros };
    },
  };
}
