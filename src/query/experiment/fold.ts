/**
 * What units did up to the first part that must be read raw, summed up once a day, and the sums of an experiment from that and the rest. It spares
 * each question of the day what takes longest: bringing every unit's exposures and cells together.
 */

import { type Part, rangesOf, utcDay } from '../../domain/experiment/parts.ts';
import type { ArmRow, ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import { secondsOf } from '../rollup.ts';
import type { Scope } from '../scope.ts';
import type { Statement } from '../statement.ts';
import { armRows } from './arms.ts';
import { type CellSources, cellsOf, earlier, exposedUnits, exposuresOf, outcome, unitColumns } from './cells.ts';
import { experimentEvents } from './events.ts';
import { seriesId, seriesOf } from './keep.ts';

const DAY_MS = 86_400_000;
/** All up to `end` (ms) is summed up; `raw` is the rest. `sources` hold nothing but what is kept. */
export type Fold = { end: number; raw: readonly Part[]; sources: CellSources };

const beginMs = (build: string): number => Number(BigInt(build) >> 32n) * 1000;

/**
 * Null where summing up would not serve: for looks, which need a sum each; where a part before others must be read raw; and where the rest lies
 * on more than two days, for what came before an exposure is summed up for the first two days on which it can come.
 */
export function foldOf({ looks, period }: ExperimentQuestion, { exposures, cells }: CellSources): Fold | null {
  const raw = [...exposures.raw, ...cells.raw];
  const end = Math.min(period.to, ...raw.map(({ from }) => from));
  const kept = [...exposures.builds, ...cells.builds];
  const serves = looks.length === 1 && kept.length > 0 && kept.every((build) => beginMs(build) < end);
  if (!serves || end < period.from || period.to > utcDay(end) + 2 * DAY_MS) return null;
  const longer = exposures.raw.length > cells.raw.length ? exposures.raw : cells.raw;
  const only = ({ builds }: { builds: readonly string[] }) => ({ builds, raw: [] });
  return { end, raw: longer.filter(({ from }) => from >= end), sources: { exposures: only(exposures), cells: only(cells) } };
}

/** Names what the sums depend on besides the builds that they are made of; and these. */
export function foldName(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  { end, sources }: Fold,
): { series: string; stamp: string } {
  const { period, preMs } = question;
  const series = ['units', seriesOf(scope, question, null), seriesOf(scope, question, measure), period.from, preMs, end];
  return { series: JSON.stringify(series), stamp: JSON.stringify([sources.exposures.builds, sources.cells.builds]) };
}

const summed = ['n', 'sum', 'positive'] as const;
const kinds = ['post', 'pre', 'oldest'] as const;
const sumNames = [...summed.flatMap((name) => kinds.map((kind) => `${name}_${kind}`)), 'other_post'];

/** The part of what came before that is too long ago for whoever is exposed a day later. */
const oldest = (column: string): string =>
  `arraySum((b, v, w) -> if(b >= {sinceSeconds:UInt32} AND b < {sinceSeconds:UInt32} + 86400, v + w, 0), begins, ${column}_before, ${column}_after)`;

/** Sums up. A unit that nobody has exposed yet is there with what came before the first day on which that can still happen. */
export function keepFold(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  { end, sources }: Fold,
  { series, build }: { series: string; build: string },
): Statement<never> {
  const exposed = exposuresOf(scope, question, sources.exposures);
  const cells = cellsOf(scope, question, measure, sources.cells, [...summed, 'other']);
  const sums = summed.flatMap((name) => [
    `sum(toFloat64(${outcome(name, false)})) AS ${name}_post`,
    `sum(toFloat64(${earlier(name)})) AS ${name}_pre`,
    `if(any(first) = 0, sum(toFloat64(${oldest(name)})), 0) AS ${name}_oldest`,
  ]);
  return {
    text: `INSERT INTO experiment_units (series, build, unit, first, variant, stage, least, most, ${sumNames.join(', ')})
  SELECT ${seriesId}, toUInt64({build:String}), unit, any(first), any(variant), any(stage), any(lowest), any(highest),
    ${sums.join(',\n    ')}, sum(toFloat64(${outcome('other', false)})) AS other_post
  FROM (
    SELECT c.* EXCEPT (unit), u.* EXCEPT (unit), unit,
      if(first = 0, toUInt32(4294967295), ownBegin) AS own, if(first = 0, {sinceSeconds:UInt32}, ownSince) AS since
    FROM (
      ${cells.text}
    ) AS c
    ${question.preMs > 0 ? 'FULL' : 'RIGHT'} JOIN (
      SELECT unit, variant, stage, first, lowest, highest, own AS ownBegin, since AS ownSince FROM (
      ${exposedUnits(exposed)}
      )
    ) AS u USING (unit)
  )
  GROUP BY unit
  HAVING any(first) != 0 OR n_pre > 0
  SETTINGS join_algorithm = 'hash'`,
    params: {
      ...exposed.params,
      ...cells.params,
      series,
      build,
      from: question.period.from,
      fromSeconds: secondsOf(question.period.from),
      preSeconds: secondsOf(question.preMs),
      sinceSeconds: secondsOf(utcDay(end) - question.preMs),
    },
  };
}

/** What units did in the rest, from raw events. */
function restOf(scope: Scope, question: ExperimentQuestion, measure: Measure, raw: readonly Part[]): Statement<never> {
  const events = experimentEvents(scope, question, measure, rangesOf(raw));
  const other =
    measure.denominator === null ? '' : ', groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues';
  return {
    text: `SELECT unit, argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first, countIf(drawn) AS draws,
        minIf(events.variant, drawn) AS least, maxIf(events.variant, drawn) AS most, groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken${other}
      FROM (
        ${events.text}
      ) AS events
      GROUP BY unit`,
    params: events.params,
  };
}

const added = (count: string, total: string, positive: string): Record<(typeof summed)[number], string> => ({
  n: count,
  sum: total,
  positive,
});
const during = (when: string) =>
  added(
    `arrayCount(t -> ${when}, times)`,
    `arraySum((t, v) -> if(${when}, v, 0), times, taken)`,
    `arrayCount((t, v) -> ${when} AND v > 0, times, taken)`,
  );

/** Units of the sums joined to what they did since: whoever was exposed before the rest began has all of it as outcome. */
function joinedUnits(kept: string, rest: string, divided: boolean): string {
  const [post, pre] = [during('t >= start'), during('t < start')];
  const sums = summed.flatMap((name) => [
    `f.${name}_post + toFloat64(${post[name]}) AS ${name}_post`,
    `f.${name}_pre + if(known, 0., toFloat64(${pre[name]}) - if(r.first >= {secondDay:Int64}, f.${name}_oldest, 0.)) AS ${name}_pre`,
  ]);
  const other = divided ? 'arraySum((t, v) -> if(t >= start, v, 0), otherTimes, otherValues)' : '0.';
  return `SELECT f.first != 0 AS known, if(known, 0, r.first) AS start, if(known, f.stage, r.stage) AS stage, if(known, f.variant, r.variant) AS variant,
      if(known, f.first, r.first) AS first,
      if(known, f.least != f.most OR (r.draws > 0 AND (r.least != f.least OR r.most != f.least)), r.least != r.most) AS crossed,
      ${sums.join(',\n      ')}, f.other_post + ${other} AS other_post
    FROM (
      ${kept}
    ) AS f
    FULL JOIN (
      ${rest}
    ) AS r USING (unit)
    WHERE f.first != 0 OR r.draws > 0`;
}

/** Sums by stage and variant: the same as `experimentRowsOfCells` for one look. */
export function experimentRowsOfFold(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  { end, raw }: Fold,
  { series, build }: { series: string; build: string },
): Statement<ArmRow> {
  const kept = `SELECT * EXCEPT (series, build, kept_on) FROM experiment_units WHERE series = cityHash64({unitSeries:String}) AND build = toUInt64({unitBuild:String})`;
  const rest = raw.length === 0 ? null : restOf(scope, question, measure, raw);
  const text =
    rest === null
      ? `SELECT *, least != most AS crossed FROM (${kept}) WHERE first != 0`
      : joinedUnits(kept, rest.text, measure.denominator !== null);
  const params = { ...rest?.params, unitSeries: series, unitBuild: build, secondDay: utcDay(end) + DAY_MS };
  const preMs = measure.aggregation === 'ratio' ? 0 : question.preMs;
  return armRows(question, { text, params }, (x) => unitColumns(measure, preMs, x), ["join_algorithm = 'hash'"]);
}
