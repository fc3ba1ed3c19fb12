/** From units to arms: the sums over units, by the stage and variant of their first exposure, for each look. */
import type { ArmRow, ExperimentQuestion } from '../../domain/experiment.ts';
import type { Statement } from '../statement.ts';

/** SQL about one unit: whether it counts, its value, and the other value (`ArmRow`). `till` is the end of the look, ms. */
export type UnitColumns = { included: string; value: string; other: string };

/** One look needs no list of ends, and its arrays of one item are made without any. */
const atLooks = (several: boolean, expression: string): string =>
  several ? `arrayMap((till, look) -> ${expression}, {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)}))` : `[${expression}]`;

/** Looks multiply what is in memory at a time, so units come in small blocks. */
const manyBlocks = 'group_by_two_level_threshold = 1000, group_by_two_level_threshold_bytes = 1000000';

/**
 * @param units a row for each: stage, variant, first (ms), crossed, and what the columns need
 * @param columnsAt given what picks a look's number out of an array that holds one for each
 * @param settings of the statement
 */
export function armRows(
  { looks, period }: ExperimentQuestion,
  units: Statement<never>,
  columnsAt: (x: (name: string) => string) => UnitColumns,
  settings: readonly string[] = [],
): Statement<ArmRow> {
  const several = looks.length > 1;
  const { included, value, other } = columnsAt((name) => (several ? `${name}[look]` : name));
  const among = several ? 'first < till AND ' : '';
  const kept = `${among}NOT crossed AND (${included})`;
  const all = [...settings, ...(several ? [manyBlocks] : [])];
  return {
    text: `SELECT stage, variant, sumForEach(seen) AS exposed, sumForEach(doubled) AS crossed, toFloat64(countIf(first < {from:Int64})) AS carried,
  sumForEach(counted) AS n, sumForEach(own) AS sum, sumForEach(arrayMap(v -> v * v, own)) AS sumSquares,
  sumForEach(other) AS otherSum, sumForEach(arrayMap(v -> v * v, other)) AS otherSumSquares, sumForEach(arrayMap((v, w) -> v * w, own, other)) AS crossSum
FROM (
  SELECT stage, variant, first,
    ${atLooks(several, `toFloat64(${among}NOT crossed)`)} AS seen,
    ${atLooks(several, `toFloat64(${among}crossed)`)} AS doubled,
    ${atLooks(several, `toFloat64(${kept})`)} AS counted,
    ${atLooks(several, `if(${kept}, ${value}, 0.)`)} AS own,
    ${atLooks(several, `if(${kept}, ${other}, 0.)`)} AS other
  FROM (
    ${units.text}
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant${all.length > 0 ? `\nSETTINGS ${all.join(', ')}` : ''}`,
    params: { ...units.params, from: period.from, ...(several ? { looks } : {}) },
  };
}
