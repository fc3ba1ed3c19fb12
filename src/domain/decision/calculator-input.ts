/** The calculator's JSON -> typed input, or every fault of it. */

import { counted } from '../counted.ts';
import { type Looks, type PolicyName, policies } from '../decision.ts';
import { ImpactError, type Problem } from '../errors.ts';
import { DEFAULT_TUNING_UNITS } from '../stats/confidence-sequence.ts';
import { evenLooks, MOST_LOOKS } from '../stats/group-sequential.ts';
import { type Better, betters } from '../stats/margin.ts';
import { spendings } from '../stats/spending.ts';
import type { PairedSums } from '../stats/sums.ts';
import { readArm } from './calculator-arm.ts';
import { createReader, type Reader } from './calculator-reader.ts';
import { DEFAULT_MINIMUM_UNITS } from './classic.ts';

const calculatorMetrics = ['mean', 'proportion', 'ratio'] as const;
export type CalculatorMetric = (typeof calculatorMetrics)[number];

export type CalculatorInput = {
  metric: CalculatorMetric;
  control: PairedSums;
  treatment: PairedSums;
  alpha: number;
  policy: PolicyName;
  nStar: number;
  looks: Looks | null;
  better: Better;
  weights: readonly [control: number, treatment: number];
  minimumUnits: number;
};

const fields = [
  'metric',
  'control',
  'treatment',
  'alpha',
  'policy',
  'nStar',
  'looks',
  'look',
  'spending',
  'better',
  'weights',
  'minimumUnits',
];

const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((weight) => typeof weight === 'number' && weight > 0 && weight < 1e12);

/** Which look this is may be left out: then the bound of any look is taken, which Pocock's spending keeps lowest. */
function readLooks(reader: Reader): Looks | null {
  const planned = reader.wholeOrNull('looks', 1, MOST_LOOKS);
  const look = reader.wholeOrNull('look', 1, planned ?? MOST_LOOKS);
  if (planned === null && look !== null)
    reader.fault('looks', undefined, 'the number of planned looks, since look says which of them this is');
  const spending = reader.choice('spending', spendings, look === null ? 'pocock' : 'obrien_fleming');
  return planned === null ? null : { planned, information: look === null ? null : evenLooks(planned).slice(0, look), spending };
}

function readOne(value: unknown, place: string, problems: Problem[]): CalculatorInput {
  const reader = createReader(value, place, problems, fields);
  const metric = reader.choice('metric', calculatorMetrics, undefined);
  return {
    metric,
    control: readArm(reader.inner('control'), metric),
    treatment: readArm(reader.inner('treatment'), metric),
    alpha: reader.number('alpha', (alpha) => alpha > 0 && alpha < 1, 'a probability above 0 and below 1, for example 0.05', 0.05),
    policy: reader.choice('policy', policies, 'sequential'),
    nStar: reader.number('nStar', (units) => units > 0 && units <= 1e15, 'a number of units above 0', DEFAULT_TUNING_UNITS),
    looks: readLooks(reader),
    better: reader.choice('better', betters, 'higher'),
    weights: reader.value('weights', isPair, 'two numbers above 0, of control and of treatment', [1, 1]),
    minimumUnits: reader.whole('minimumUnits', 2, 1e9, DEFAULT_MINIMUM_UNITS),
  };
}

const PROBLEMS_LISTED = 20;

/**
 * One object or an array of them.
 * @throws ImpactError `unprocessable` with the first faults: field, value and what would be right
 */
export function readCalculatorInput(value: unknown): CalculatorInput[] {
  const problems: Problem[] = [];
  const inputs = Array.isArray(value) ? value.map((one, i) => readOne(one, `[${i}].`, problems)) : [readOne(value, '', problems)];
  if (problems.length === 0) return inputs;
  const listed = problems.slice(0, PROBLEMS_LISTED);
  const more = problems.length > listed.length ? `, of which the first ${listed.length} are listed` : '';
  throw new ImpactError('unprocessable', `the input has ${counted(problems.length, 'fault')}${more}; nothing was computed`, {
    problems: listed,
  });
}
