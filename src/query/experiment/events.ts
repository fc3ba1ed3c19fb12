/** The raw events that an experiment is about: who was exposed to what, and what was measured. */

import type { Part } from '../../domain/experiment/parts.ts';
import { type ExperimentQuestion, type Measure, undrawnReasons } from '../../domain/experiment.ts';
import type { Unit } from '../../domain/flags/flag.ts';
import { secondsOf } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import type { Statement } from '../statement.ts';

/** The id that the bucket is drawn from, and nothing else: users of two tenants with one id are drawn as one. */
const idOf: Record<Unit, string> = { user: 'user_id', tenant: 'tenant', entity: 'entity_id' };

/** `minute` inside one of the ranges. */
function within(ranges: readonly Part[]): { text: string; params: Record<string, number> } {
  const conditions = ranges.map((_, i) => `minute >= toDateTime({from${i}:UInt32}, 'UTC') AND minute < toDateTime({to${i}:UInt32}, 'UTC')`);
  const params = ranges.flatMap(({ from, to }, i) => [
    [`from${i}`, secondsOf(from)],
    [`to${i}`, secondsOf(to)],
  ]);
  return { text: conditions.length === 1 ? (conditions[0] ?? '') : `(${conditions.join(' OR ')})`, params: Object.fromEntries(params) };
}

type Columns = { wanted: string; measured: string; params: Record<string, string> };

const nothingMeasured: Columns = { wanted: '', measured: '', params: {} };

function measuredColumns({ metric, denominator }: Measure): Columns {
  const own = `,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value`;
  if (denominator === null) return { wanted: ' OR has(metrics, {metric:String})', measured: own, params: { metric } };
  return {
    wanted: ' OR has(metrics, {metric:String}) OR has(metrics, {denominator:String})',
    measured: `${own},
          has(metrics, {denominator:String}) AND NOT exposure AS dividing, values[indexOf(metrics, {denominator:String})] AS divisor`,
    params: { metric, denominator },
  };
}

/** Whether a unit is in the sample, as a further condition. */
export const sampled = (oneIn: number): { text: string; params: Record<string, number> } =>
  oneIn === 1 ? { text: '', params: {} } : { text: ' AND unit % {oneIn:UInt32} = 0', params: { oneIn } };

/**
 * One row an event. `drawn`: an exposure that chance had a part in.
 * @param measure null: exposures only
 * @param ranges at least one
 * @param oneIn as of `sampleOf`; 1: all units
 */
export function experimentEvents(
  scope: Scope,
  { feature, unit }: Pick<ExperimentQuestion, 'feature' | 'unit'>,
  measure: Measure | null,
  ranges: readonly Part[],
  oneIn = 1,
): Statement<never> {
  const tenant = tenantCondition(scope);
  const time = within(ranges);
  const { wanted, measured, params } = measure === null ? nothingMeasured : measuredColumns(measure);
  const id = idOf[unit];
  return {
    text: `SELECT cityHash64(${id}) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn${measured}
        FROM events_active
        WHERE ${tenant.text} AND feature = {feature:String} AND ${id} != ''
          AND ${time.text}
          AND (kind = 'flag-exposures'${wanted})${sampled(oneIn).text}`,
    params: { ...tenant.params, ...time.params, feature, undrawn: undrawnReasons, ...params, ...sampled(oneIn).params },
  };
}
