/**
 * What an experiment's units did, from raw events in one pass: each unit's exposures and measurements are gathered by unit, and everything that
 * depends on its first exposure is decided there. Nothing is approximate save that units are told apart by 64-bit hashes of their ids: among a
 * million units two fall together in one experiment out of 37 million.
 */

import { readingFrom } from '../domain/experiment/parts.ts';
import type { Aggregation, ArmRow, ExperimentQuestion, Measure } from '../domain/experiment.ts';
import { armRows, type UnitColumns } from './experiment/arms.ts';
import { experimentEvents } from './experiment/events.ts';
import type { Scope } from './scope.ts';
import type { Statement } from './statement.ts';

/** Conditions on the time t of a measurement. */
const during = 't >= start';
const duringLook = 't >= start AND t < till';
/** Whole days, so that they can be told from what is kept by the day. */
const before = 't < first AND t >= intDiv(first, 86400000) * 86400000 - {preMs:Int64}';

const count = (when: string, times = 'times'): string => `arrayCount(t -> ${when}, ${times})`;
const total = (when: string, times = 'times', values = 'taken'): string => `arraySum((t, v) -> if(${when}, v, 0), ${times}, ${values})`;
const any = (when: string): string => `toFloat64(arrayExists((t, v) -> ${when} AND v > 0, times, taken))`;

type Expressions = Omit<UnitColumns, 'other'>;

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

function partsOf(measure: Measure, preMs: number, when: string): UnitColumns {
  const aggregation = measure.aggregation === 'quantile' ? 'mean' : measure.aggregation;
  const own = unitValues[aggregation](when);
  if (aggregation !== 'ratio') return { ...own, other: preMs > 0 ? unitValues[aggregation](before).value : '0.' };
  const other = denominatorOf(measure, when);
  return { included: `${own.included} OR ${other} != 0`, value: own.value, other };
}

/** Each unit with its first exposure and its measurements. Whoever has none but was exposed counts too. */
export function gatheredUnits(scope: Scope, question: ExperimentQuestion, measure: Measure, oneIn = 1): Statement<never> {
  const { period } = question;
  const events = experimentEvents(scope, question, measure, [{ from: readingFrom(question), to: period.to }], oneIn);
  const other =
    measure.denominator === null
      ? ''
      : `,
        groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues`;
  return {
    text: `SELECT argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first,
        minIf(events.variant, drawn) != maxIf(events.variant, drawn) AS crossed, greatest(first, {from:Int64}) AS start,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken${other}
      FROM (
        ${events.text}
      ) AS events
      GROUP BY unit
      HAVING countIf(drawn) > 0`,
    params: { ...events.params, from: period.from },
  };
}

/** Sums by stage and variant, for each look. Quantiles have a statement of their own. */
export function experimentRows(scope: Scope, question: ExperimentQuestion, measure: Measure): Statement<ArmRow> {
  const columns = partsOf(measure, question.preMs, question.looks.length > 1 ? duringLook : during);
  const units = gatheredUnits(scope, question, measure);
  return armRows(
    question,
    { ...units, params: { ...units.params, ...(question.preMs > 0 ? { preMs: question.preMs } : {}) } },
    () => columns,
  );
}
