/** Asks what an experiment's units did, and has it judged. */

import { type ExperimentResult, experimentResult, type Measured } from '../../domain/experiment/result.ts';
import { sampleOf } from '../../domain/experiment/sample.ts';
import { quantilePair } from '../../domain/experiment/strata.ts';
import type { ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import type { Scope } from '../scope.ts';
import { ask } from '../statement.ts';
import { exposuresOnly, type KeepingRows, keptPeriod, measuredValues, measureRows, type Period, WORTH_KEEPING } from './kept.ts';
import { quantileRows, storedMeasurements } from './quantile.ts';

async function measureQuantile(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  period: Period | null,
): Promise<Measured> {
  const level = measure.level ?? 0.5;
  const [stored] = await ask(clickhouse, storedMeasurements(scope, question, measure));
  const values = await measuredValues(clickhouse, scope, question, measure, sampleOf(stored?.n ?? 0), period);
  return { pair: quantilePair(await ask(clickhouse, quantileRows(values, level)), level, question.arms) };
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
        ? measureQuantile(clickhouse, scope, question, measure, period)
        : measureRows(clickhouse, scope, question, measure, period).then((rows) => ({ rows })));
    known.set(key, found);
    return found;
  };
}

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
  // The exposures stand in every measure's rows but a quantile's.
  const told = question.goals.find(({ aggregation }) => aggregation !== 'quantile') ?? exposuresOnly;
  const [goals, guardrails, triggers, [measured]] = await Promise.all([
    all(question.goals),
    all(question.guardrails),
    all(question.triggers),
    all([told]),
  ]);
  const exposures = measured && 'rows' in measured ? measured.rows : [];
  return experimentResult(question, { goals, guardrails, triggers, exposures });
}
