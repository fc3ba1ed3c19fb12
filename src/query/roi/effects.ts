/** What experiments say each feature does to its key metric; asked once a day, for it needs the raw events of a month. */
import { valuedFeatures } from '../../domain/event.ts';
import { experimentQuestion } from '../../domain/experiment/question.ts';
import type { ExperimentResult } from '../../domain/experiment/result.ts';
import type { FlagDefinition } from '../../domain/flags/flag.ts';
import { type Effect, type ObservedEffect, shrinkEffects } from '../../domain/roi/causal.ts';
import { studentQuantile } from '../../domain/stats/student.ts';
import { keyMetrics } from '../../domain/target.ts';
import { plusDays, startOfDay } from '../../domain/zone.ts';
import { analyseExperiment } from '../experiment/analysis.ts';
import type { Database } from '../rules.ts';
import { scopeOf } from '../scope.ts';
import type { Rows } from '../statement.ts';

const ALPHA = 0.05;

/** The effect by use; null where the experiment is not to be believed, or shows nothing that could be tested. */
function observedEffect(featureId: string, { goals, withheld }: ExperimentResult): ObservedEffect | null {
  const [goal] = goals;
  if (withheld || goal === undefined || goal.lift === null || goal.liftInterval === null || goal.degreesOfFreedom === null) return null;
  const [low, high] = goal.liftInterval;
  const liftError = (high - low) / 2 / -studentQuantile(ALPHA / 2, goal.degreesOfFreedom);
  return { featureId, controlN: goal.control.n, treatmentN: goal.treatment.n, controlMean: goal.control.mean, lift: goal.lift, liftError };
}

/**
 * Effects over so many days up to the end of one.
 * @throws what ClickHouse's adapter throws
 */
async function askEffects(
  clickhouse: Rows,
  flags: readonly FlagDefinition[],
  { asOf, days, zone }: { asOf: string; days: number; zone: string },
): Promise<Effect[]> {
  const fromDate = plusDays(asOf, 1 - days);
  const period = { from: startOfDay(zone, fromDate), to: startOfDay(zone, plusDays(asOf, 1)) };
  const observed: ObservedEffect[] = [];
  for (const feature of valuedFeatures) {
    const flag = flags.find(({ featureId }) => featureId === feature) ?? null;
    // By use, not by user: it is uses that the effect is multiplied by.
    const metrics = [`${keyMetrics[feature].metric}:ratio`];
    const asked = { feature, metrics, guardrails: [], period, preDays: 0, policy: 'sequential', alpha: ALPHA, daily: false, zone } as const;
    const effect = observedEffect(feature, await analyseExperiment(clickhouse, scopeOf(null), experimentQuestion(asked, flag)));
    if (effect !== null) observed.push(effect);
  }
  return shrinkEffects(observed, asOf, fromDate);
}

/** Keeps what a day's asking has shown: nothing for a feature whose experiment shows nothing any more. */
export async function storeEffects(tx: Database, asOf: string, effects: readonly Effect[]): Promise<void> {
  await tx.query('DELETE FROM roi_effects WHERE as_of = $1', [asOf]);
  for (const one of effects)
    await tx.query(
      `INSERT INTO roi_effects (feature_id, as_of, from_date, metric, control_n, treatment_n, control_mean, lift, lift_error, shrunk_lift, shrunk_error, shrunk_low, shrunk_high)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        one.featureId,
        one.asOf,
        one.fromDate,
        one.metric,
        one.controlN,
        one.treatmentN,
        one.controlMean,
        one.lift,
        one.liftError,
        one.shrunkLift,
        one.shrunkError,
        one.shrunkLow,
        one.shrunkHigh,
      ],
    );
}

/** What was shown last of each feature. */
export async function newestEffects(postgres: Database): Promise<Effect[]> {
  const rows = await postgres.query<Effect>(
    `SELECT DISTINCT ON (feature_id) feature_id AS "featureId", as_of::text AS "asOf", from_date::text AS "fromDate", metric, control_n AS "controlN",
  treatment_n AS "treatmentN", control_mean AS "controlMean", lift, lift_error AS "liftError", shrunk_lift AS "shrunkLift", shrunk_error AS "shrunkError",
  shrunk_low AS "shrunkLow", shrunk_high AS "shrunkHigh"
FROM roi_effects ORDER BY feature_id, as_of DESC`,
  );
  return rows;
}

/** The last day on which experiments were asked; null when they never were. */
export async function effectsAsOf(postgres: Database): Promise<string | null> {
  const [row] = await postgres.query<{ day: string | null }>('SELECT max(as_of)::text AS day FROM roi_effects');
  return row?.day ?? null;
}

/** Experiments are looked at over so many days. */
const EFFECT_DAYS = 30;

type RefreshDeps = {
  clickhouse: Rows;
  postgres: { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };
  config: { timeZone: string; retentionRawDays: number };
};

/** Asks the experiments what each feature has caused up to the end of a day, and keeps the answer. */
export async function refreshEffects(deps: RefreshDeps, flags: readonly FlagDefinition[], asOf: string): Promise<void> {
  const days = Math.min(EFFECT_DAYS, deps.config.retentionRawDays);
  const effects = await askEffects(deps.clickhouse, flags, { asOf, days, zone: deps.config.timeZone });
  await deps.postgres.transaction((tx) => storeEffects(tx, asOf, effects));
}
