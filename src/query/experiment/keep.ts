/** Statements that keep parts of an experiment's time: what units did in each, so that it need not be read from raw events again. */

import type { DayState, KeptPart, Part } from '../../domain/experiment/parts.ts';
import { SETTLED_MS } from '../../domain/experiment/parts.ts';
import type { ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import { undrawnReasons } from '../../domain/experiment.ts';
import type { Period } from '../../domain/impact.ts';
import { secondsOf } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import type { Statement } from '../statement.ts';
import { experimentEvents } from './events.ts';

/** Goes up when what is kept changes its meaning. */
const KEEPING = 1;

/** Names all that a kept part depends on besides its time and the events in it. @param measure null: the exposures @param sample of values; none of sums */
export function seriesOf(
  { tenantId }: Scope,
  { feature, unit }: Pick<ExperimentQuestion, 'feature' | 'unit'>,
  measure: Measure | null,
  ...sample: readonly number[]
): string {
  const asked = measure === null ? null : [measure.metric, measure.denominator, ...sample];
  return JSON.stringify([KEEPING, tenantId, feature, unit, undrawnReasons, asked]);
}

export const seriesId = 'cityHash64({series:String})';

/** A part and the name under which it is to be kept; `nonce` tells keepings of one part apart, below 2^32. */
export type Keeping = Part & { build: string };
export const buildOf = ({ from }: Part, nonce: number): string => String((BigInt(secondsOf(from)) << 32n) | BigInt(nonce));

/** `now`: the server's clock, ms. */
export type DayStateRow = Omit<DayState, 'settled'> & { settled: number; nonce: number; now: number };

/** What is stored of each day. Stamps as in `experimentStamp`. */
export function dayStates(scope: Scope, feature: string, period: Period): Statement<DayStateRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT toUnixTimestamp(bucket) * 1000 AS day, toString(sum(cityHash64(tenant, metric, variant, bucket, epoch, toString(version)))) AS stamp,
  toFloat64(sum(n)) AS events, toUnixTimestamp(bucket) + 86400 + {settledSeconds:UInt32} <= toUnixTimestamp(now()) AS settled, rand(1) AS nonce,
  toUnixTimestamp(now()) * 1000 AS now
FROM rollup_1d FINAL
WHERE ${tenant.text} AND feature = {feature:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY bucket
ORDER BY bucket`,
    params: { ...tenant.params, feature, settledSeconds: SETTLED_MS / 1000, from: secondsOf(period.from), to: secondsOf(period.to) },
  };
}

/** Parts that were kept, newest first. A month after that, long before their rows go, they no longer count. */
export function keptParts(series: string, period: Period): Statement<KeptPart> {
  return {
    text: `SELECT toUnixTimestamp(part_from) * 1000 AS from, toUnixTimestamp(part_to) * 1000 AS to, toString(build) AS build, stamp,
  (toUnixTimestamp(now()) - toUnixTimestamp(kept_at)) * 1000 AS ageMs
FROM experiment_builds
WHERE series = ${seriesId} AND part_from >= toDateTime({from:UInt32}, 'UTC') AND part_from < toDateTime({to:UInt32}, 'UTC') AND kept_at > now() - INTERVAL 30 DAY
ORDER BY kept_at DESC, build`,
    params: { series, from: secondsOf(period.from), to: secondsOf(period.to) },
  };
}

const begins = (parts: readonly Part[]): number[] => parts.map(({ from }) => secondsOf(from));

/** Where an event's part begins, of those that are asked for. */
export const beginOf = (at: string): string => `roundDown(toUInt32(intDiv(${at}, 1000)), {begins:Array(UInt32)})`;
const buildOfBegin = 'toUInt64({builds:Array(String)}[indexOf({begins:Array(UInt32)}, begin)])';

export function keepExposures(
  scope: Scope,
  question: ExperimentQuestion,
  keepings: readonly Keeping[],
  ranges: readonly Part[],
): Statement<never> {
  const events = exposureParts(scope, question, keepings, ranges);
  return {
    text: `INSERT INTO experiment_exposures (series, build, unit, first, variant, stage, least, most)
  SELECT ${seriesId}, ${buildOfBegin}, unit, first, variant, stage, least, most
  FROM (${events.text})`,
    params: { ...events.params, series: seriesOf(scope, question, null), builds: keepings.map(({ build }) => build) },
  };
}

/** The exposures of each part and unit, from raw events. */
export function exposureParts(
  scope: Scope,
  question: Pick<ExperimentQuestion, 'feature' | 'unit'>,
  parts: readonly Part[],
  ranges: readonly Part[],
  oneIn = 1,
): Statement<never> {
  const events = experimentEvents(scope, question, null, ranges, oneIn);
  return {
    text: `SELECT ${beginOf('at')} AS begin, unit, min(at) AS first, argMin(events.variant, at) AS variant, argMin(events.stage, at) AS stage,
      min(events.variant) AS least, max(events.variant) AS most
    FROM (
        ${events.text}
    ) AS events
    WHERE drawn
    GROUP BY begin, unit`,
    params: { ...events.params, begins: begins(parts) },
  };
}

/** The measurements of each part and unit, with the unit's first exposure in that part, from raw events. */
export function gatheredParts(
  scope: Scope,
  question: Pick<ExperimentQuestion, 'feature' | 'unit'>,
  measure: Measure,
  parts: readonly Part[],
  ranges: readonly Part[],
  oneIn = 1,
): Statement<never> {
  const events = experimentEvents(scope, question, measure, ranges, oneIn);
  const divided = measure.denominator !== null;
  const others = divided ? ', groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues' : '';
  return {
    text: `SELECT ${beginOf('at')} AS begin, unit, if(countIf(drawn) = 0, toInt64(9007199254740991), minIf(at, drawn)) AS split,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken${others}
      FROM (
        ${events.text}
      ) AS events
      GROUP BY begin, unit
      HAVING notEmpty(times)${divided ? ' OR notEmpty(otherTimes)' : ''}`,
    params: { ...events.params, begins: begins(parts) },
  };
}

/** What each unit did in each part, before its first exposure in it and after: a cell each. */
export function cellParts(...of: Parameters<typeof gatheredParts>): Statement<never> {
  const [, , { denominator }] = of;
  const gathered = gatheredParts(...of);
  const other = (when: string): string =>
    denominator === null ? '0.' : `arraySum((t, v) -> if(t ${when} split, v, 0), otherTimes, otherValues)`;
  const columns = (when: string, name: string): string => `
      toUInt32(arrayCount(t -> t ${when} split, times)) AS n_${name}, arraySum((t, v) -> if(t ${when} split, v, 0), times, taken) AS sum_${name},
      toUInt32(arrayCount((t, v) -> t ${when} split AND v > 0, times, taken)) AS positive_${name}, ${other(when)} AS other_${name}`;
  return {
    text: `SELECT begin, unit,${columns('<', 'before')},${columns('>=', 'after')}
    FROM (
      ${gathered.text}
    )`,
    params: gathered.params,
  };
}

const counted = ['n_before', 'n_after', 'sum_before', 'sum_after', 'positive_before', 'positive_after', 'other_before', 'other_after'];

/** Keeps cells of whatever columns, in a row for each unit. */
export function keepingCells(
  table: string,
  columns: readonly string[],
  cells: Statement<never>,
  series: string,
  keepings: readonly Keeping[],
): Statement<never> {
  return {
    text: `INSERT INTO ${table} (series, unit, builds, ${columns.join(', ')})
  SELECT ${seriesId}, unit, groupArray(${buildOfBegin}), ${columns.map((name) => `groupArray(cells.${name})`).join(', ')}
  FROM (${cells.text}) AS cells
  GROUP BY unit`,
    params: { ...cells.params, series, builds: keepings.map(({ build }) => build) },
  };
}

export function keepCells(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  keepings: readonly Keeping[],
  ranges: readonly Part[],
): Statement<never> {
  const cells = cellParts(scope, question, measure, keepings, ranges);
  return keepingCells('experiment_cells', counted, cells, seriesOf(scope, question, measure), keepings);
}

/** Says that the parts are kept whole. Only after their rows, never before. */
export function registerBuilds(series: string, keepings: readonly (Keeping & { stamp: string })[]): Statement<never> {
  return {
    text: `INSERT INTO experiment_builds (series, build, part_from, part_to, stamp)
  SELECT ${seriesId}, toUInt64(made.1), toDateTime(made.2, 'UTC'), toDateTime(made.3, 'UTC'), made.4
  FROM (SELECT arrayJoin(arrayZip({builds:Array(String)}, {begins:Array(UInt32)}, {ends:Array(UInt32)}, {stamps:Array(String)})) AS made)`,
    params: {
      series,
      builds: keepings.map(({ build }) => build),
      begins: begins(keepings),
      ends: keepings.map(({ to }) => secondsOf(to)),
      stamps: keepings.map(({ stamp }) => stamp),
    },
  };
}
