/** Schemas of the answers about experiments. */
import { type Static, Type } from 'typebox';
import { actions, policies } from '../domain/decision.ts';
import type { ExperimentResult } from '../domain/experiment/result.ts';
import type { ExperimentQuestion } from '../domain/experiment.ts';
import { units } from '../domain/flags/flag.ts';
import { betters } from '../domain/stats/margin.ts';
import { instant, nullable } from './schemas.ts';

const number = Type.Number();
const ArmMean = Type.Object({ n: Type.Number({ description: 'Units' }), mean: number });
const Interval = nullable(Type.Array(number, { minItems: 2, maxItems: 2 }));
const perArm = { control: Type.Integer(), treatment: Type.Integer() };
const Better = Type.Enum([...betters]);

export const Experiments = Type.Object({
  experiments: Type.Array(
    Type.Object({
      feature: Type.String(),
      flag: nullable(Type.String({ description: 'Id of the flag of this feature' })),
      stage: nullable(Type.String()),
      variants: Type.Array(Type.Object({ variant: Type.String(), exposures: Type.Integer() })),
      firstDay: Type.String(),
      lastDay: Type.String(),
    }),
  ),
});

const Goal = Type.Object({
  metric: Type.String(),
  better: Better,
  control: ArmMean,
  treatment: ArmMean,
  effect: Type.Number({ description: 'treatment - control' }),
  interval: Interval,
  pValueOfDifference: Type.Number({ description: 'Welch; for one planned look' }),
  degreesOfFreedom: nullable(number),
  lift: nullable(Type.Number({ description: 'effect / control' })),
  liftInterval: Interval,
  pValueOfLift: Type.Number({ description: 'Of the relative lift, by the delta method; for one planned look' }),
  sequentialInterval: Interval,
  sequentialPValue: Type.Number({ description: 'Always valid, of the difference' }),
  adjustedPValue: Type.Number({ description: 'sequentialPValue after Holm’s correction over the goals' }),
  problem: nullable(Type.String({ description: 'Why it could not be tested' })),
});

const Guardrail = Type.Object({
  metric: Type.String(),
  better: Better,
  margin: Type.Object({ relative: number, absolute: number }),
  control: ArmMean,
  treatment: ArmMean,
  distance: nullable(number),
  lower: nullable(number),
  upper: nullable(number),
  verdict: Type.Enum(['not_inferior', 'undecided', 'inferior']),
});

const LookGoal = Type.Pick(Goal, ['metric', 'control', 'treatment', 'effect', 'lift', 'sequentialInterval', 'sequentialPValue']);

export const ExperimentResults = Type.Object({
  feature: Type.String(),
  period: Type.Object({ from: instant(), to: instant('End, not part of the period') }),
  unit: Type.Enum([...units]),
  arms: Type.Object({ control: Type.String(), treatment: Type.String() }),
  policy: Type.Enum([...policies]),
  policyVersion: Type.Integer(),
  alpha: number,
  stage: nullable(Type.String({ description: 'The furthest at which a unit was first exposed' })),
  recommendation: Type.Enum([...actions]),
  withheld: Type.Boolean({ description: 'The arms are not what was assigned: nothing is said about the feature' }),
  significant: Type.Boolean(),
  reasons: Type.Array(Type.String()),
  unitsNeeded: nullable(number),
  goals: Type.Array(Goal),
  guardrails: Type.Array(Guardrail),
  sampleRatioPValue: number,
  exposed: Type.Object(perArm),
  stages: Type.Array(Type.Object({ stage: Type.String(), ...perArm })),
  crossovers: Type.Object({ units: Type.Integer({ description: 'Seen in two variants, and left out' }), of: Type.Integer() }),
  cuped: Type.Object({
    used: Type.Boolean(),
    why: Type.String(),
    correlations: Type.Array(Type.Object({ metric: Type.String(), correlation: number })),
  }),
  looks: Type.Array(Type.Object({ at: instant('End of the look'), recommendation: Type.Enum([...actions]), goals: Type.Array(LookGoal) })),
});

export type ExperimentsAnswer = Static<typeof Experiments>;
export type ExperimentResultsAnswer = Static<typeof ExperimentResults>;

const iso = (ms: number): string => new Date(ms).toISOString();
const copied = <T>(interval: readonly T[] | null): T[] | null => (interval === null ? null : [...interval]);

/** The result as it is answered: times in ISO 8601, the action by the name that the calculator gives it. */
export function resultAnswer({ period }: ExperimentQuestion, result: ExperimentResult): Static<typeof ExperimentResults> {
  const { action, looks, goals, guardrails, reasons, ...rest } = result;
  return {
    ...rest,
    period: { from: iso(period.from), to: iso(period.to) },
    recommendation: action,
    reasons: [...reasons],
    goals: goals.map((goal) => ({
      ...goal,
      interval: copied(goal.interval),
      liftInterval: copied(goal.liftInterval),
      sequentialInterval: copied(goal.sequentialInterval),
    })),
    guardrails: [...guardrails],
    looks: looks.map(({ at, action: recommendation, goals: of }) => ({
      at: iso(at),
      recommendation,
      goals: of.map((goal) => ({ ...goal, sequentialInterval: copied(goal.sequentialInterval) })),
    })),
  };
}
