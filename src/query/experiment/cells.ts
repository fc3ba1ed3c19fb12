/**
 * The same sums as `experimentRows`, from what is kept of the parts that are over and raw events of the others. Units come first: whoever was
 * exposed, since when, and to what. Their cells follow: those after the part of the first exposure count whole, those before it serve CUPED,
 * and that part's own cell is split already.
 */

import { type Part, rangesOf } from '../../domain/experiment/parts.ts';
import type { Aggregation, ArmRow, ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import { secondsOf } from '../rollup.ts';
import type { Scope } from '../scope.ts';
import type { Statement } from '../statement.ts';
import { armRows, type UnitColumns } from './arms.ts';
import { sampled } from './events.ts';
import { cellParts, exposureParts, seriesOf } from './keep.ts';

/** Builds that are kept, and parts that are not. */
export type Sourced = { builds: readonly string[]; raw: readonly Part[] };
export type CellSources = { exposures: Sourced; cells: Sourced };

/** The names of one statement's parameters, kept apart from those of another one that it is joined with. */
function renamed({ text, params }: Statement<never>, suffix: string): Statement<never> {
  const names = Object.keys(params);
  return {
    text: text.replace(/\{(\w+):/g, (whole, name: string) => (names.includes(name) ? `{${name}${suffix}:` : whole)),
    params: Object.fromEntries(names.map((name) => [`${name}${suffix}`, params[name]])),
  };
}

function union(kept: Statement<never> | null, raw: Statement<never> | null): Statement<never> {
  const both = [kept, raw].filter((one) => one !== null);
  return {
    text: both.map(({ text }) => text).join('\n    UNION ALL\n    '),
    params: Object.assign({}, ...both.map(({ params }) => params)),
  };
}

/** Builds are wider than a number, so they travel as text. Their upper halves say where their parts begin. */
const builds = (name: string): string => `arrayMap(build -> toUInt64(build), {${name}:Array(String)})`;
const begin = (build: string): string => `toUInt32(bitShiftRight(${build}, 32))`;

/** Exposures by part: kept ones, then raw ones. At least one part is asked for, so there is at least one of both. */
export function exposuresOf(scope: Scope, question: ExperimentQuestion, sourced: Sourced, oneIn = 1): Statement<never> {
  const columns = 'unit, begin, first, variant, stage, least, most';
  const among = sampled(oneIn);
  const kept: Statement<never> = {
    text: `SELECT unit, ${begin('build')} AS begin, first, variant, stage, least, most
    FROM experiment_exposures WHERE series = cityHash64({exposureSeries:String}) AND build IN ${builds('exposureBuilds')}${among.text}`,
    params: { exposureSeries: seriesOf(scope, question, null), exposureBuilds: sourced.builds, ...among.params },
  };
  if (sourced.raw.length === 0) return kept;
  const raw = renamed(exposureParts(scope, question, sourced.raw, rangesOf(sourced.raw), oneIn), 'E');
  return union(sourced.builds.length > 0 ? kept : null, { text: `SELECT ${columns} FROM (${raw.text})`, params: raw.params });
}

/** Columns of cells that an aggregation needs. */
const columnsOf: Record<Exclude<Aggregation, 'quantile'>, readonly string[]> = {
  mean: ['n', 'sum'],
  total: ['sum'],
  proportion: ['positive'],
  ratio: ['n', 'sum', 'other'],
};
const bothOf = (column: string): string[] => [`${column}_before`, `${column}_after`];

/** Where cells are kept, and how those of other parts are made. */
export type CellKind = {
  table: string;
  series: string;
  columns: readonly string[];
  made: (parts: readonly Part[], ranges: readonly Part[]) => Statement<never>;
};

/** Each unit's cells, as arrays; what belongs to no valid build begins at 0, which is before everything. */
export function unitCells({ table, series, columns, made }: CellKind, sourced: Sourced): Statement<never> {
  const names = columns.flatMap(bothOf);
  const valid = builds('cellBuilds');
  const kept: Statement<never> = {
    text: `SELECT unit, arrayMap(build -> transform(build, ${valid}, arrayMap(build -> ${begin('build')}, ${valid}), toUInt32(0)), builds) AS begins,
      ${names.join(', ')}
    FROM ${table} WHERE series = cityHash64({cellSeries:String})`,
    params: { cellSeries: series, cellBuilds: sourced.builds },
  };
  if (sourced.raw.length === 0) return kept;
  const raw = renamed(made(sourced.raw, rangesOf(sourced.raw)), 'C');
  const single = names.map((name) => `[raw.${name}] AS ${name}`).join(', ');
  return union(sourced.builds.length > 0 ? kept : null, {
    text: `SELECT unit, [begin] AS begins, ${single} FROM (${raw.text}) AS raw`,
    params: raw.params,
  });
}

/** Cells of sums. */
export function cellsOf(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  sourced: Sourced,
  columns: readonly string[],
): Statement<never> {
  const made: CellKind['made'] = (parts, ranges) => cellParts(scope, question, measure, parts, ranges);
  return unitCells({ table: 'experiment_cells', series: seriesOf(scope, question, measure), columns, made }, sourced);
}

/** Sums of a unit's cells: what counts as outcome (up to the end of a look), and what came before. */
export const outcome = (column: string, several: boolean): string => {
  const whole = several ? 'b > own AND b < till' : 'b > own';
  const half = several ? 'b = own AND b < till' : 'b = own';
  return `arraySum((b, v, w) -> if(${whole}, v + w, if(${half}, w, 0)), begins, ${column}_before, ${column}_after)`;
};
export const earlier = (column: string): string =>
  `arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, ${column}_before, ${column}_after)`;

const perLook = (several: boolean, expression: string): string =>
  several ? `sumForEach(arrayMap(till -> toFloat64(${expression}), {lookEnds:Array(UInt32)}))` : `sum(toFloat64(${expression}))`;

/** A unit's value from its sums; `x` picks a look's number out of those of all looks. */
export function unitColumns({ aggregation, denominator }: Measure, preMs: number, x: (name: string) => string): UnitColumns {
  const pre = (value: string): string => (preMs > 0 ? value : '0.');
  if (aggregation === 'total') return { included: '1', value: x('sum_post'), other: pre('sum_pre') };
  if (aggregation === 'proportion')
    return { included: '1', value: `toFloat64(${x('positive_post')} > 0)`, other: pre('toFloat64(positive_pre > 0)') };
  if (aggregation === 'ratio') {
    const other = denominator === null ? x('n_post') : x('other_post');
    return { included: `${x('n_post')} > 0 OR ${other} != 0`, value: x('sum_post'), other };
  }
  const mean = (sum: string, n: string): string => `${sum} / greatest(1, ${n})`;
  return { included: `${x('n_post')} > 0`, value: mean(x('sum_post'), x('n_post')), other: pre(mean('sum_pre', 'n_pre')) };
}

/** Each exposed unit: its first exposure, the part that this is in, and since when what came before counts. */
export const exposedUnits = ({
  text,
}: Statement<never>): string => `SELECT unit, argMin(e.variant, e.first) AS variant, argMin(e.stage, e.first) AS stage, min(e.first) AS first,
        min(e.least) AS lowest, max(e.most) AS highest, lowest != highest AS crossed,
        if(first < {from:Int64}, toUInt32({fromSeconds:UInt32} - 1), argMin(begin, e.first)) AS own,
        if(first < {from:Int64}, toUInt32(4294967295), toUInt32(intDiv(first, 86400000) * 86400 - {preSeconds:UInt32})) AS since
      FROM (
        ${text}
      ) AS e
      GROUP BY unit`;

/** The side with units fits into memory, and is the faster one to be looked up. */
export const hashJoin = "join_algorithm = 'hash'";

/** Each exposed unit, joined to its cells. @param columns of the unit, made of all its cells */
export function joinedCells(
  { period, preMs }: ExperimentQuestion,
  cells: Statement<never>,
  exposures: Statement<never>,
  columns: readonly string[],
): Statement<never> {
  return {
    text: `SELECT unit, any(u.stage) AS stage, any(u.variant) AS variant, any(u.first) AS first, any(u.crossed) AS crossed,
      ${columns.join(',\n      ')}
    FROM (
      ${cells.text}
    ) AS c
    RIGHT JOIN (
      ${exposedUnits(exposures)}
    ) AS u USING (unit)
    GROUP BY unit`,
    // Whoever was exposed before the period begins counts from its begin on: `own` is then no part's begin.
    params: { ...exposures.params, ...cells.params, from: period.from, fromSeconds: secondsOf(period.from), preSeconds: secondsOf(preMs) },
  };
}

/** Sums by stage and variant, for each look. */
export function experimentRowsOfCells(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  sources: CellSources,
): Statement<ArmRow> {
  const { preMs, looks } = question;
  const several = looks.length > 1;
  const columns = columnsOf[measure.aggregation === 'quantile' ? 'mean' : measure.aggregation];
  const [exposed, measured] = [exposuresOf(scope, question, sources.exposures), cellsOf(scope, question, measure, sources.cells, columns)];
  const withPre = preMs > 0 && measure.aggregation !== 'ratio';
  const sums = columns.flatMap((column) => [
    `${perLook(several, outcome(column, several))} AS ${column}_post`,
    ...(withPre ? [`sum(toFloat64(${earlier(column)})) AS ${column}_pre`] : []),
  ]);
  const { text, params } = joinedCells(question, measured, exposed, sums);
  const units: Statement<never> = { text, params: { ...params, ...(several ? { lookEnds: looks.map(secondsOf) } : {}) } };
  return armRows(question, units, (x) => unitColumns(measure, withPre ? preMs : 0, x), [hashJoin]);
}
