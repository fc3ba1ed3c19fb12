/** Results of experiments, remembered for an hour at most and only as long as no event of the feature has been stored since. */

import { ImpactError } from '../../domain/errors.ts';
import type { ExperimentResult } from '../../domain/experiment/result.ts';
import type { ExperimentQuestion } from '../../domain/experiment.ts';
import { experimentStamp } from '../experiments.ts';
import { within } from '../patience.ts';
import type { Scope } from '../scope.ts';
import { ask, type Rows } from '../statement.ts';
import { analyseExperiment } from './analysis.ts';

const KEPT_MS = 3_600_000;
/** Nobody who asks over HTTP waits longer. */
const PATIENCE_MS = 60_000;
/** A result takes a few kilobytes. */
const MOST_RESULTS = 500;

/** Where results outlive a process, such as Redis. Neither call throws: what cannot be remembered is computed again. */
export type SharedResults = {
  get(key: string): Promise<string | null>;
  set(key: string, text: string, keptMs: number): Promise<void>;
};

type Kept = { at: number; result: Promise<ExperimentResult> };

/** Whoever sees other tenants' rows gets other results, and a new event makes a new key. */
async function keyOf(clickhouse: Rows, scope: Scope, question: ExperimentQuestion): Promise<string> {
  const { feature, period, preMs } = question;
  // Asked before the analysis: what is stored in between makes the next key another one, never this result a stale one.
  const [stamp] = await ask(clickhouse, experimentStamp(scope, feature, { from: period.from - preMs, to: period.to }));
  return JSON.stringify([scope.tenantId, stamp?.newest ?? 0, stamp?.stamp ?? '', question]);
}

async function shared(results: SharedResults | null, key: string, compute: () => Promise<ExperimentResult>): Promise<ExperimentResult> {
  const known = (await results?.get(key)) ?? null;
  if (known !== null) return JSON.parse(known) as ExperimentResult;
  const result = await compute();
  await results?.set(key, JSON.stringify(result), KEPT_MS);
  return result;
}

/** What has taken too long goes on: whoever asks again finds it further on, or done. */
function inTime<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  const detail = `this analysis takes longer than ${patienceMs / 1000} s; it goes on, so ask again in a while, or for fewer days or metrics at a time`;
  return within(work, patienceMs, () => new ImpactError('unavailable', detail));
}

export type ExperimentResults = (clickhouse: Rows, scope: Scope, question: ExperimentQuestion) => Promise<ExperimentResult>;

/**
 * Callers that ask the same at the same time wait for one answer. A failure is not remembered.
 * @returns answers that reject with ImpactError `unavailable` after so many milliseconds, and otherwise as `analyseExperiment` does
 */
export function createExperimentResults(
  now: () => number,
  results: SharedResults | null = null,
  patienceMs = PATIENCE_MS,
): ExperimentResults {
  const kept = new Map<string, Kept>();
  return async (clickhouse, scope, question) => {
    const key = await keyOf(clickhouse, scope, question);
    const known = kept.get(key);
    if (known && now() - known.at < KEPT_MS) return inTime(known.result, patienceMs);
    const result = shared(results, key, () => analyseExperiment(clickhouse, scope, question));
    kept.delete(key);
    kept.set(key, { at: now(), result });
    result.catch(() => kept.delete(key));
    const oldest = kept.keys().next();
    if (kept.size > MOST_RESULTS && !oldest.done) kept.delete(oldest.value);
    return inTime(result, patienceMs);
  };
}
