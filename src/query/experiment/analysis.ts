/** Asks what an experiment's units did, and has it judged. */

import { type ExperimentResult, experimentResult, type Measured } from '../../domain/experiment/result.ts';
import { quantilePair } from '../../domain/experiment/strata.ts';
import type { ExperimentQuestion, Measure, QuantileRank, QuantileRow } from '../../domain/experiment.ts';
import { ratioMoments } from '../../domain/stats/moments.ts';
import { designEffect, quantileRanks } from '../../domain/stats/quantile.ts';
import type { Scope } from '../scope.ts';
import { ask, type Rows } from '../statement.ts';
import { type KeepingRows, keptPeriod, measureRows, type Period, WORTH_KEEPING } from './kept.ts';
import { quantileReadings, quantileRows, sampledPermille, storedMeasurements } from './quantile.ts';

function rankOf(row: QuantileRow, level: number): QuantileRank[] {
  const { stage, variant, values, n } = row;
  const clustering = Math.max(1, designEffect(level, ratioMoments(row).variance, n, values));
  const ranks = quantileRanks(values, level, clustering);
  return ranks === null ? [] : [{ stage, variant, lower: ranks.lower, upper: ranks.upper }];
}

async function measureQuantile(clickhouse: Rows, scope: Scope, question: ExperimentQuestion, measure: Measure): Promise<Measured> {
  const [stored] = await ask(clickhouse, storedMeasurements(scope, question, measure));
  const permille = sampledPermille(stored?.n ?? 0);
  const rows = await ask(clickhouse, quantileRows(scope, question, measure, permille));
  const ranks = rows.flatMap((row) => rankOf(row, measure.level ?? 0.5));
  const readings = await ask(clickhouse, quantileReadings(scope, question, measure, ranks, permille));
  return { pair: quantilePair(rows, readings, question.arms) };
}

/** A measure that is asked for twice, as a goal and as a trigger say, is measured once. */
function measurer(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  period: Period | null,
): (measure: Measure) => Promise<Measured> {
  const known = new Map<string, Promise<Measured>>();
  return (measure) => {
    const { metric, aggregation, denominator, level } = measure;
    const key = JSON.stringify([metric, aggregation, denominator, level]);
    const found =
      known.get(key) ??
      (aggregation === 'quantile'
        ? measureQuantile(clickhouse, scope, question, measure)
        : measureRows(clickhouse, scope, question, measure, period).then((rows) => ({ rows })));
    known.set(key, found);
    return found;
  };
}

/** The exposures stand in every measure's rows but a quantile's. */
const exposuresOnly: Measure = { metric: '', aggregation: 'total', denominator: null, level: null };

/**
 * The experiment's result over its period.
 * @param worthKeeping from so many stored events of the feature on, parts of the period that are over are kept for the next time
 * @throws what ClickHouse's adapter throws
 */
export async function analyseExperiment(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  worthKeeping = WORTH_KEEPING,
): Promise<ExperimentResult> {
  const measure = measurer(clickhouse, scope, question, await keptPeriod(clickhouse, scope, question, worthKeeping));
  const all = (measures: readonly Measure[]): Promise<Measured[]> => Promise.all(measures.map(measure));
  const [goals, guardrails, triggers] = await Promise.all([all(question.goals), all(question.guardrails), all(question.triggers)]);
  const measured = goals.find((one) => 'rows' in one) ?? (await measure(exposuresOnly));
  const exposures = 'rows' in measured ? measured.rows : [];
  return experimentResult(question, { goals, guardrails, triggers, exposures });
}
