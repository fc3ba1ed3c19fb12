/** What an experiment has shown: the sums of its units, joined to the policy that judges them. */

import { minimumUnitsOf } from '../decision/classic.ts';
import { recommend } from '../decision/recommend.ts';
import type { Action, DecisionInput, GoalEvidence, Looks, MetricPair, Recommendation, Trigger } from '../decision.ts';
import type { ArmRow, ExperimentQuestion, GoalMeasure, Measure, TriggerMeasure } from '../experiment.ts';
import type { Interval } from '../stats/comparison.ts';
import { DEFAULT_TUNING_UNITS } from '../stats/confidence-sequence.ts';
import type { Pair } from '../stats/pair.ts';
import { measureName } from './measure.ts';
import { measuredPair, preCorrelation, type Stratum, splitsOf, strataAt } from './strata.ts';

/** What ClickHouse answered about one measure: sums by arm, or for a quantile its pair, which has no looks. */
export type Measured = { rows: readonly ArmRow[] } | { pair: Pair };

export type StageCount = { stage: string; control: number; treatment: number };
/** Of a unit's value with what it did before its first exposure. */
export type PreCorrelation = { metric: string; correlation: number };
export type LookGoal = {
  metric: string;
  control: { n: number; mean: number };
  treatment: { n: number; mean: number };
  effect: number;
  lift: number | null;
  sequentialInterval: Interval | null;
  sequentialPValue: number;
};
/** `at`: end of the look, ms. */
export type LookResult = { at: number; action: Action; goals: LookGoal[] };

export type ExperimentResult = Recommendation & {
  feature: string;
  unit: ExperimentQuestion['unit'];
  arms: ExperimentQuestion['arms'];
  /** Whether the first goal (after Holm's correction any of them, with the policy `sequential`) shows an effect. */
  significant: boolean;
  exposed: { control: number; treatment: number };
  stages: StageCount[];
  crossovers: { units: number; of: number };
  cuped: { used: boolean; why: string; correlations: PreCorrelation[] };
  looks: LookResult[];
};

type Sources = { goals: readonly Measured[]; guardrails: readonly Measured[]; triggers: readonly Measured[]; exposures: readonly ArmRow[] };
type Cuped = { used: boolean; why: string };

/** A pre-period in which the experiment already ran holds its effect: taking that out would take out the effect itself. */
function cupedFor({ preMs, policy }: ExperimentQuestion, exposures: readonly ArmRow[]): Cuped {
  if (preMs === 0) return { used: false, why: 'No time before the first exposure was asked for.' };
  if (policy === 'classic') return { used: false, why: 'The classic policy does not know it.' };
  const carried = exposures.reduce((sum, row) => sum + row.carried, 0);
  if (carried > 0) return { used: false, why: `${carried} units were exposed before the period already.` };
  return { used: true, why: 'Measurements before the first exposure were taken into account.' };
}

const pairFor = (question: ExperimentQuestion, used: boolean, measure: Measure, measured: Measured, look: number): Pair =>
  'pair' in measured
    ? measured.pair
    : measuredPair(strataAt(measured.rows, question.arms, look), measure, { adjusted: used, cautious: question.policy !== 'classic' });

/** A share is shown as people and thresholds say it: in percent. */
function triggerOf(measure: TriggerMeasure, pair: Pair): Trigger {
  const scale = measure.unit === '%' ? 100 : 1;
  return { name: measureName(measure), value: pair.treatment.mean * scale, threshold: measure.threshold * scale, unit: ` ${measure.unit}` };
}

const noMeasure: Measured = { rows: [] };

/** Pocock's bounds are nearly the same at each look, so the highest of them is the bound of any. */
const plannedOf = ({ plannedLooks }: ExperimentQuestion): Looks | null =>
  plannedLooks === null ? null : { planned: plannedLooks, information: null, spending: 'pocock' };

function decisionAt(question: ExperimentQuestion, sources: Sources, used: boolean, look: number): DecisionInput {
  const strata = strataAt(sources.exposures, question.arms, look);
  const pair = (measure: Measure, measured: Measured | undefined): Pair => pairFor(question, used, measure, measured ?? noMeasure, look);
  const metricPair = (goal: GoalMeasure, measured: Measured | undefined): MetricPair => ({
    metric: measureName(goal),
    better: goal.better,
    pair: pair(goal, measured),
  });
  const [first, ...rest] = question.goals.map((goal, i) => metricPair(goal, sources.goals[i])) as [MetricPair, ...MetricPair[]];
  const triggers = question.triggers.map((trigger, i) => triggerOf(trigger, pair(trigger, sources.triggers[i])));
  return {
    policy: question.policy,
    alpha: question.alpha,
    tuningUnits: DEFAULT_TUNING_UNITS,
    looks: plannedOf(question),
    stage: currentStage(strata),
    minimumUnits: minimumUnitsOf(question.goals[0].metric),
    goals: [first, ...rest],
    guardrails: question.guardrails.map((one, i) => ({ ...metricPair(one, sources.guardrails[i]), margin: one.margin })),
    splits: splitsOf(strata, question.weights),
    crossovers: crossoversOf(strata),
    triggers,
  };
}

const counted = (strata: readonly Stratum[], of: (stratum: Stratum) => number): number => strata.reduce((sum, one) => sum + of(one), 0);

/** The furthest stage that somebody was first exposed at. */
const currentStage = (strata: readonly Stratum[]): string | null =>
  strata.findLast(({ control, treatment }) => control.exposed + treatment.exposed > 0)?.stage ?? null;

function crossoversOf(strata: readonly Stratum[]): { units: number; of: number } {
  const units = counted(strata, ({ control, treatment }) => control.crossed + treatment.crossed);
  return { units, of: units + counted(strata, ({ control, treatment }) => control.exposed + treatment.exposed) };
}

const lookGoal = ({ metric, control, treatment, effect, lift, sequentialInterval, sequentialPValue }: GoalEvidence): LookGoal => ({
  metric,
  control,
  treatment,
  effect,
  lift,
  sequentialInterval,
  sequentialPValue,
});

function looksOf(question: ExperimentQuestion, sources: Sources, used: boolean): LookResult[] {
  if (question.looks.length < 2) return [];
  return question.looks.map((at, look) => {
    const { action, goals } = recommend(decisionAt(question, sources, used, look));
    return { at, action, goals: goals.map(lookGoal) };
  });
}

function isSignificant({ policy, alpha, goals, withheld }: Recommendation): boolean {
  if (withheld) return false;
  return policy === 'classic' ? (goals[0]?.pValueOfDifference ?? 1) < alpha : goals.some(({ adjustedPValue }) => adjustedPValue < alpha);
}

function correlationsOf({ goals, arms, looks }: ExperimentQuestion, measured: readonly Measured[]): PreCorrelation[] {
  return goals.flatMap((goal, i) => {
    const found = measured[i] ?? noMeasure;
    if ('pair' in found || goal.aggregation === 'ratio') return [];
    return [{ metric: measureName(goal), correlation: preCorrelation(strataAt(found.rows, arms, looks.length - 1)) }];
  });
}

/**
 * The result with its recommendation and all evidence.
 * @param sources what was measured, each list in the question's order; `exposures` are the rows of any measure that has looks
 */
export function experimentResult(question: ExperimentQuestion, sources: Sources): ExperimentResult {
  const last = question.looks.length - 1;
  const cuped = cupedFor(question, sources.exposures);
  const strata = strataAt(sources.exposures, question.arms, last);
  const recommendation = recommend(decisionAt(question, sources, cuped.used, last));
  return {
    feature: question.feature,
    unit: question.unit,
    arms: question.arms,
    ...recommendation,
    significant: isSignificant(recommendation),
    exposed: {
      control: counted(strata, ({ control }) => control.exposed),
      treatment: counted(strata, ({ treatment }) => treatment.exposed),
    },
    stages: strata.map(({ stage, control, treatment }) => ({ stage, control: control.exposed, treatment: treatment.exposed })),
    crossovers: crossoversOf(strata),
    cuped: { ...cuped, correlations: cuped.used ? correlationsOf(question, sources.goals) : [] },
    looks: looksOf(question, sources, cuped.used),
  };
}
