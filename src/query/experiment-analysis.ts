/** Asks what an experiment's units did, and has it judged. */
import type { ExperimentQuestion, Measure, QuantileRank, QuantileRow } from '../domain/experiment.ts';
import { type ExperimentResult, experimentResult, type Measured } from '../domain/experiment-result.ts';
import { quantilePair } from '../domain/experiment-strata.ts';
import { ratioMoments } from '../domain/stats/moments.ts';
import { designEffect, quantileRanks } from '../domain/stats/quantile.ts';
import { experimentRows } from './experiment.ts';
import { quantileReadings, quantileRows } from './experiment-quantile.ts';
import type { Scope } from './scope.ts';
import { ask, type Rows } from './statement.ts';

function rankOf(row: QuantileRow, level: number): QuantileRank[] {
  const { stage, variant, values, n } = row;
  const clustering = Math.max(1, designEffect(level, ratioMoments(row).variance, n, values));
  const ranks = quantileRanks(values, level, clustering);
  return ranks === null ? [] : [{ stage, variant, lower: ranks.lower, upper: ranks.upper }];
}

async function measureQuantile(clickhouse: Rows, scope: Scope, question: ExperimentQuestion, measure: Measure): Promise<Measured> {
  const rows = await ask(clickhouse, quantileRows(scope, question, measure));
  const ranks = rows.flatMap((row) => rankOf(row, measure.level ?? 0.5));
  const readings = await ask(clickhouse, quantileReadings(scope, question, measure, ranks));
  return { pair: quantilePair(rows, readings, question.arms) };
}

/** A measure that is asked for twice, as a goal and as a trigger say, is measured once. */
function measurer(clickhouse: Rows, scope: Scope, question: ExperimentQuestion): (measure: Measure) => Promise<Measured> {
  const known = new Map<string, Promise<Measured>>();
  return (measure) => {
    const { metric, aggregation, denominator, level } = measure;
    const key = JSON.stringify([metric, aggregation, denominator, level]);
    const found =
      known.get(key) ??
      (aggregation === 'quantile'
        ? measureQuantile(clickhouse, scope, question, measure)
        : ask(clickhouse, experimentRows(scope, question, measure)).then((rows) => ({ rows })));
    known.set(key, found);
    return found;
  };
}

/** The exposures stand in every measure's rows but a quantile's. */
const exposuresOnly: Measure = { metric: '', aggregation: 'total', denominator: null, level: null };

/**
 * The experiment's result over its period.
 * @throws what ClickHouse's adapter throws
 */
export async function analyseExperiment(clickhouse: Rows, scope: Scope, question: ExperimentQuestion): Promise<ExperimentResult> {
  const measure = measurer(clickhouse, scope, question);
  const all = (measures: readonly Measure[]): Promise<Measured[]> => Promise.all(measures.map(measure));
  const [goals, guardrails, triggers] = await Promise.all([all(question.goals), all(question.guardrails), all(question.triggers)]);
  const measured = goals.find((one) => 'rows' in one) ?? (await measure(exposuresOnly));
  const exposures = 'rows' in measured ? measured.rows : [];
  return experimentResult(question, { goals, guardrails, triggers, exposures });
}
