/**
 * What an experiment's units did, from raw events in one pass: each unit's exposures and measurements are gathered by unit, and everything that
 * depends on its first exposure is decided there. Nothing is approximate save that units are told apart by 64-bit hashes of their ids: among a
 * million units two fall together in one experiment out of 37 million.
 */
import type { Aggregation, ArmRow, ExperimentQuestion, Measure } from '../domain/experiment.ts';
import { undrawnReasons } from '../domain/experiment.ts';
import type { Unit } from '../domain/flags/flag.ts';
import { secondsOf } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** The id that the bucket is drawn from, and nothing else: users of two tenants with one id are drawn as one. */
const idOf: Record<Unit, string> = { user: 'user_id', tenant: 'tenant', entity: 'entity_id' };

/** Conditions on the time t of a measurement. */
const during = 't >= start';
const duringLook = 't >= start AND t < till';
const before = 't < first AND t >= first - {preMs:Int64}';

const count = (when: string, times = 'times'): string => `arrayCount(t -> ${when}, ${times})`;
const total = (when: string, times = 'times', values = 'taken'): string => `arraySum((t, v) -> if(${when}, v, 0), ${times}, ${values})`;
const any = (when: string): string => `toFloat64(arrayExists((t, v) -> ${when} AND v > 0, times, taken))`;

type Expressions = { included: string; value: string };

/** A unit's value from its measurements at some time. */
const unitValues: Record<Exclude<Aggregation, 'quantile'>, (when: string) => Expressions> = {
  mean: (when) => ({ included: `${count(when)} > 0`, value: `${total(when)} / greatest(1, ${count(when)})` }),
  total: (when) => ({ included: '1', value: total(when) }),
  proportion: (when) => ({ included: '1', value: any(when) }),
  ratio: (when) => ({ included: `${count(when)} > 0`, value: total(when) }),
};

function denominatorOf({ denominator }: Measure, when: string): string {
  return denominator === null ? `toFloat64(${count(when)})` : total(when, 'otherTimes', 'otherValues');
}

type Parts = Expressions & { other: string };

function partsOf(measure: Measure, preMs: number, when: string): Parts {
  const aggregation = measure.aggregation === 'quantile' ? 'mean' : measure.aggregation;
  const own = unitValues[aggregation](when);
  if (aggregation !== 'ratio') return { ...own, other: preMs > 0 ? unitValues[aggregation](before).value : '0.' };
  const other = denominatorOf(measure, when);
  return { included: `${own.included} OR ${other} != 0`, value: own.value, other };
}

/** Each unit with its first exposure and its measurements. Whoever has none but was exposed counts too. */
export function gatheredUnits(scope: Scope, question: ExperimentQuestion, measure: Measure): Statement<never> {
  const { feature, period, preMs, unit } = question;
  const tenant = tenantCondition(scope);
  const { metric, denominator } = measure;
  const id = idOf[unit];
  const other =
    denominator === null
      ? ''
      : `,
        groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues`;
  const divisor =
    denominator === null
      ? ''
      : `,
          has(metrics, {denominator:String}) AND NOT exposure AS dividing, values[indexOf(metrics, {denominator:String})] AS divisor`;
  const wanted = `has(metrics, {metric:String})${denominator === null ? '' : ' OR has(metrics, {denominator:String})'}`;
  return {
    text: `SELECT argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first,
        minIf(events.variant, drawn) != maxIf(events.variant, drawn) AS crossed, greatest(first, {from:Int64}) AS start,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken${other}
      FROM (
        SELECT cityHash64(${id}) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value${divisor}
        FROM events_active
        WHERE ${tenant.text} AND feature = {feature:String} AND ${id} != ''
          AND minute >= toDateTime({readFrom:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR ${wanted})
      ) AS events
      GROUP BY unit
      HAVING countIf(drawn) > 0`,
    params: {
      ...tenant.params,
      feature,
      metric,
      ...(denominator === null ? {} : { denominator }),
      undrawn: undrawnReasons,
      from: period.from,
      readFrom: secondsOf(period.from - preMs),
      to: secondsOf(period.to),
    },
  };
}

/** One look needs no list of ends, and its arrays of one item are made without any. */
const atLooks = (several: boolean, expression: string): string =>
  several ? `arrayMap(till -> ${expression}, {looks:Array(Int64)})` : `[${expression}]`;

/** Looks multiply what is in memory at a time, so units come in small blocks. */
const manyBlocks = '\nSETTINGS group_by_two_level_threshold = 1000, group_by_two_level_threshold_bytes = 1000000';

/** Sums by stage and variant, for each look. Quantiles have a statement of their own. */
export function experimentRows(scope: Scope, question: ExperimentQuestion, measure: Measure): Statement<ArmRow> {
  const several = question.looks.length > 1;
  const { included, value, other } = partsOf(measure, question.preMs, several ? duringLook : during);
  const among = several ? 'first < till AND ' : '';
  const units = gatheredUnits(scope, question, measure);
  const kept = `${among}NOT crossed AND (${included})`;
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
ORDER BY stage, variant${several ? manyBlocks : ''}`,
    params: { ...units.params, ...(question.preMs > 0 ? { preMs: question.preMs } : {}), ...(several ? { looks: question.looks } : {}) },
  };
}
