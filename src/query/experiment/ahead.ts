/**
 * Nights make ready what days are likely to ask: for each rollout under way, what its units did in each of the feature's metrics. Whoever asks then
 * finds all but today kept. It is the usual question itself that is asked, so nothing here can keep anything else than the question finds.
 */
import { isDuration } from '../../domain/experiment/measure.ts';
import { experimentQuestion, MOST_MEASURES } from '../../domain/experiment/question.ts';
import type { Flag } from '../../domain/flags/flag.ts';
import { isGuarded } from '../../domain/guard/plan.ts';
import type { Period } from '../../domain/impact.ts';
import { dayAt, plusDays, startOfDay } from '../../domain/zone.ts';
import { secondsOf } from '../rollup.ts';
import { type Scope, scopeOf } from '../scope.ts';
import { ask, type Statement } from '../statement.ts';
import { analyseExperiment } from './analysis.ts';
import { type KeepingRows, WORTH_KEEPING } from './kept.ts';

/** The period of whoever names none. */
const USUAL_DAYS = 30;
/** Largest tenants of a feature that have theirs made ready. */
const MOST_TENANTS = 10;

type Stored = { tenant: string; metric: string; n: number };

function storedMetrics(feature: string, { from, to }: Period): Statement<Stored> {
  return {
    text: `SELECT tenant, metric, toFloat64(sum(n)) AS n FROM rollup_1d_active
WHERE feature = {feature:String} AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY tenant, metric ORDER BY n DESC, tenant, metric`,
    params: { feature, from: secondsOf(from), to: secondsOf(to) },
  };
}

/** All tenants together, and each that has enough by itself. */
function scopesOf(stored: readonly Stored[], worth: number): Scope[] {
  const sums = new Map<string, number>();
  for (const { tenant, n } of stored) sums.set(tenant, (sums.get(tenant) ?? 0) + n);
  const large = [...sums].filter(([, n]) => n >= worth).sort(([, a], [, b]) => b - a);
  const total = [...sums.values()].reduce((sum, n) => sum + n, 0);
  return total < worth ? [] : [scopeOf(null), ...large.slice(0, MOST_TENANTS).map(([tenant]) => scopeOf(tenant))];
}

/** A metric as it is usually asked for; of times a quantile too, which any other level is then made of as well. */
const measuresOf = (metric: string): string[] => (isDuration(metric) ? [metric, `${metric}:p95`] : [metric]);

/** Those that most is stored of. */
const metricsOf = (stored: readonly Stored[]): string[] =>
  [...new Set(stored.map(({ metric }) => metric).filter((metric) => metric !== 'exposure'))].slice(0, MOST_MEASURES);

/**
 * @param options.now milliseconds since 1970
 * @param options.goesOn asked before each question
 * @param worth as of `analyseExperiment`
 * @returns how many questions were made ready
 * @throws what ClickHouse's adapter throws
 */
export async function keepAhead(
  clickhouse: KeepingRows,
  flags: readonly Flag[],
  { now, timeZone, goesOn = () => true }: { now: number; timeZone: string; goesOn?: () => boolean },
  worth = WORTH_KEEPING,
): Promise<number> {
  const today = dayAt(timeZone, now);
  const period = { from: startOfDay(timeZone, plusDays(today, 1 - USUAL_DAYS)), to: startOfDay(timeZone, plusDays(today, 1)) };
  let ready = 0;
  for (const flag of flags.filter(isGuarded)) {
    const stored = await ask(clickhouse, storedMetrics(flag.featureId, period));
    for (const scope of scopesOf(stored, worth))
      for (const metric of metricsOf(stored)) {
        if (!goesOn()) return ready;
        const asked = { feature: flag.featureId, metrics: measuresOf(metric), guardrails: [], period, daily: false, zone: timeZone };
        // One after the other: nobody waits for it.
        await analyseExperiment(clickhouse, scope, experimentQuestion({ ...asked, policy: 'sequential', alpha: 0.05 }, flag), worth);
        ready += 1;
      }
  }
  return ready;
}
