/**
 * The measurements that a quantile is of: of each unit of the sample, those after its first exposure. From raw events; or from what is kept of the
 * parts that are over, which holds measurements where `cells.ts` has sums.
 */

import type { Part } from '../../domain/experiment/parts.ts';
import type { ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import { gatheredUnits } from '../experiment.ts';
import type { Scope } from '../scope.ts';
import type { Statement } from '../statement.ts';
import { type CellKind, type CellSources, exposuresOf, hashJoin, joinedCells, unitCells } from './cells.ts';
import { gatheredParts, type Keeping, keepingCells, seriesOf } from './keep.ts';

const TABLE = 'experiment_values';

/** The values of each part and unit, before the unit's first exposure in it and after. */
function valueParts(...of: Parameters<typeof gatheredParts>): Statement<never> {
  const { text, params } = gatheredParts(...of);
  const values = (when: string, name: string): string => `arrayFilter((v, t) -> t ${when} split, taken, times) AS values_${name}`;
  return { text: `SELECT begin, unit, ${values('<', 'before')}, ${values('>=', 'after')} FROM (\n      ${text}\n    )`, params };
}

export function keepValues(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  oneIn: number,
  keepings: readonly Keeping[],
  ranges: readonly Part[],
): Statement<never> {
  const cells = valueParts(scope, question, measure, keepings, ranges, oneIn);
  const series = seriesOf(scope, question, measure, oneIn);
  return keepingCells(TABLE, ['values_before', 'values_after'], cells, series, keepings);
}

/** A row for each unit: stage, variant, crossed, and `mine`, its measurements after the first exposure. */
export function rawValues(scope: Scope, question: ExperimentQuestion, measure: Measure, oneIn: number): Statement<never> {
  const { text, params } = gatheredUnits(scope, question, measure, oneIn);
  const mine = 'arrayFilter((v, t) -> t >= start, taken, times) AS mine';
  return { text: `SELECT stage, variant, crossed, ${mine} FROM (\n      ${text}\n    ) AS units`, params };
}

/** As `outcome` is of sums: all values of the parts after that of the first exposure, and of that part those after it. */
const afterExposure = `groupArrayArray(arrayFlatten(arrayConcat(
        arrayFilter((v, b) -> b > own, values_before, begins), arrayFilter((v, b) -> b >= own, values_after, begins)))) AS mine`;

/** The same as `rawValues`, by way of what is kept. */
export function keptValues(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  oneIn: number,
  { exposures, cells }: CellSources,
): Statement<never> {
  const made: CellKind['made'] = (parts, ranges) => valueParts(scope, question, measure, parts, ranges, oneIn);
  const kept = unitCells({ table: TABLE, series: seriesOf(scope, question, measure, oneIn), columns: ['values'], made }, cells);
  const { text, params } = joinedCells(question, kept, exposuresOf(scope, question, exposures, oneIn), [afterExposure]);
  return { text: `${text}\n    SETTINGS ${hashJoin}`, params };
}
