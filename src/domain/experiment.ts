/** What is asked of an experiment: which feature, which units and arms, how each metric becomes one number a unit, over which period. */
import type { PolicyName } from './decision.ts';
import { deciders } from './flags/evaluation.ts';
import type { Unit } from './flags/flag.ts';
import type { Period } from './impact.ts';
import type { Better, Margin } from './stats/margin.ts';

/**
 * How a unit's measurements become its value. `mean`: their mean, over the units that have any. `total`: their sum, 0 without any. `proportion`:
 * 1 if any was above 0, else 0. `ratio`: the sum over all units by that of the denominator. `quantile`: of the single measurements.
 */
export const aggregations = ['mean', 'total', 'proportion', 'ratio', 'quantile'] as const;
export type Aggregation = (typeof aggregations)[number];

export type Measure = {
  metric: string;
  aggregation: Aggregation;
  /** Of a ratio: the metric whose sum divides; null: the number of measurements. */
  denominator: string | null;
  /** Of a quantile, above 0 and below 1; null for all else. */
  level: number | null;
};
export type GoalMeasure = Measure & { better: Better };
export type GuardrailMeasure = GoalMeasure & { margin: Margin };
/** The classic policy rolls back at once where treatment's value is above it. */
export type TriggerMeasure = Measure & { threshold: number; unit: string };

export type Arms = { control: string; treatment: string };

export type ExperimentQuestion = {
  feature: string;
  /** Whole minutes. */
  period: Period;
  /** How long before its first exposure a unit's measurements serve CUPED, ms in whole minutes; 0: no CUPED. */
  preMs: number;
  unit: Unit;
  arms: Arms;
  /** By which units are drawn at percentage stages, as the flag says; null: none is known, and the arms should be of one size. */
  weights: readonly [control: number, treatment: number] | null;
  goals: readonly [GoalMeasure, ...GoalMeasure[]];
  guardrails: readonly GuardrailMeasure[];
  triggers: readonly TriggerMeasure[];
  policy: PolicyName;
  alpha: number;
  /** How often it was planned to be looked at: the goals then go by the bound that holds at any of these looks; null: by the always-valid test. */
  plannedLooks: number | null;
  /** Ends of the looks, ms, increasing; the last is the end of the period. */
  looks: readonly number[];
};

/** Reasons of exposures that chance had no part in, as our deciders and OpenFeature name them: such units are in no experiment. */
export const undrawnReasons: readonly string[] = [
  ...deciders.filter((decider) => decider !== 'percentage'),
  ...['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'DISABLED', 'ERROR'],
];

/** Sums of one variant's units that were first exposed at one stage; one number for each look. */
export type ArmRow = {
  stage: string;
  variant: string;
  /** Units seen in this variant only, and those (first seen in it) that were seen in another one too. */
  exposed: number[];
  crossed: number[];
  /** Units that were exposed before the period, within the time that is looked at. */
  carried: number;
  /** Units with a value, and the sums over them; the other value is the denominator, or what the unit did before its exposure. */
  n: number[];
  sum: number[];
  sumSquares: number[];
  otherSum: number[];
  otherSumSquares: number[];
  crossSum: number[];
};

/** The measurements of one variant's units that were first exposed at one stage, around a quantile. */
export type QuantileRow = {
  stage: string;
  variant: string;
  /** Measurements, and the sample's quantile of them. */
  values: number;
  value: number;
  /** Units with measurements; sums over them of (measurements up to the quantile, measurements). */
  n: number;
  sum: number;
  sumSquares: number;
  otherSum: number;
  otherSumSquares: number;
  crossSum: number;
  /** What stands below and above the quantile, as of `QuantileReadings`. */
  lower: number[];
  upper: number[];
};
