/** What is known of a rollout when it is judged: its experiment, and what the stage has been worth. */
import type { CostLine } from '../cost.ts';
import type { Action, PolicyName } from '../decision.ts';
import type { ExperimentResult } from '../experiment/result.ts';
import { roiPercent, SECONDS_PER_YEAR, satisfactionValueMicros } from '../roi.ts';
import type { Better } from '../stats/margin.ts';

type Arm = { readonly n: number; readonly mean: number };
export type EffectEvidence = {
  readonly metric: string;
  readonly better: Better;
  readonly control: Arm;
  readonly treatment: Arm;
  /** Treatment - control, with the interval that the policy goes by. */
  readonly effect: number;
  readonly interval: readonly [number, number] | null;
  readonly lift: number | null;
  /** The one that the policy goes by: of the difference (classic), or always valid and after Holm's correction. */
  readonly pValue: number;
};
export type MarginEvidence = { readonly metric: string; readonly verdict: 'not_inferior' | 'undecided' | 'inferior'; readonly n: number };

export type ExperimentEvidence = {
  readonly policy: PolicyName;
  readonly policyVersion: number;
  readonly action: Action;
  /** The arms are not what was assigned: nothing is said about the feature. */
  readonly withheld: boolean;
  /** Units that were exposed, each counted once. */
  readonly units: { readonly control: number; readonly treatment: number };
  readonly goals: readonly EffectEvidence[];
  readonly guardrails: readonly MarginEvidence[];
  readonly reasons: readonly string[];
};

/** US dollars of the present stage so far. */
export type ValueEvidence = {
  readonly days: number;
  /** What treatment brought in beyond what as many units of control did. */
  readonly incrementalUsd: number;
  readonly costUsd: number;
  /** Null without any cost. */
  readonly roiPercent: number | null;
  /** What it would be if everybody had the feature, for a year. */
  readonly projectedUsdPerYear: number;
};

export type RolloutEvidence = { readonly experiment: ExperimentEvidence | null; readonly value: ValueEvidence | null };

export const noEvidence: RolloutEvidence = { experiment: null, value: null };

export function experimentEvidence(result: ExperimentResult): ExperimentEvidence {
  const classic = result.policy === 'classic';
  return {
    policy: result.policy,
    policyVersion: result.policyVersion,
    action: result.action,
    withheld: result.withheld,
    units: result.exposed,
    goals: result.goals.map(({ metric, better, control, treatment, effect, lift, ...goal }) => ({
      metric,
      better,
      control,
      treatment,
      effect,
      lift,
      interval: classic ? goal.interval : goal.sequentialInterval,
      pValue: classic ? goal.pValueOfDifference : goal.adjustedPValue,
    })),
    guardrails: result.guardrails.map(({ metric, verdict, control, treatment }) => ({ metric, verdict, n: control.n + treatment.n })),
    reasons: result.reasons,
  };
}

/** Sums of one metric and variant; of satisfaction one row a tenant, whose own mean says what it is worth. Money in millionths of a US dollar. */
export type ValueRow = { variant: string; metric: string; tenant: string; n: number; sum: number; valueUsdMicros: number };

export type ValueBasis = {
  arms: { control: string; treatment: string };
  units: { control: number; treatment: number };
  /** Of all units, those that the stage gives the feature to, 0 to 1. */
  treatedShare: number;
  periodMs: number;
  /** What was entered by hand for the feature, beside its cost events. */
  manualCostMicros: number;
};

const SATISFACTION = 'match_satisfaction_score';
const COST = 'cost_usd';

const micros = (rows: readonly ValueRow[], variant: string): number =>
  rows.filter((row) => row.variant === variant && row.metric !== COST).reduce((sum, row) => sum + row.valueUsdMicros, 0);

/** A tenant's satisfaction is worth what its mean says, so the difference of the means is what the feature is worth to it once all have it. */
function satisfactionMicros(rows: readonly ValueRow[], { arms, periodMs }: ValueBasis): number {
  const rated = rows.filter(({ metric }) => metric === SATISFACTION);
  const worth = (tenant: string, variant: string): number | null => {
    const row = rated.find((one) => one.tenant === tenant && one.variant === variant);
    return row && row.n > 0 ? satisfactionValueMicros(row.n, row.sum, periodMs / 1000) : null;
  };
  return [...new Set(rated.map(({ tenant }) => tenant))].reduce((sum, tenant) => {
    const [control, treatment] = [worth(tenant, arms.control), worth(tenant, arms.treatment)];
    return control === null || treatment === null ? sum : sum + treatment - control;
  }, 0);
}

/** Amounts of whole days, of which the stage may have had a part. @param shareOfDay the part of a day that lies in the stage, 0 to 1 */
export function manualCostMicros(lines: readonly CostLine[], featureId: string, shareOfDay: (day: string) => number): number {
  const own = lines.filter((line) => line.provenance === 'manual' && line.featureId === featureId);
  return Math.round(own.reduce((sum, { day, amountUsdMicros }) => sum + amountUsdMicros * shareOfDay(day), 0));
}

/**
 * What the feature has brought in, by its concurrent control: whatever else moves the baseline moves both. Costs are all that were stated for
 * the feature, whoever caused them; what the platform costs is there without it as well.
 * @returns null while an arm is empty: there is nothing to compare with
 */
export function valueEvidence(rows: readonly ValueRow[], basis: ValueBasis): ValueEvidence | null {
  const { arms, units, treatedShare, periodMs, manualCostMicros } = basis;
  if (units.control === 0 || units.treatment === 0 || treatedShare === 0 || periodMs <= 0) return null;
  const direct = micros(rows, arms.treatment) - (micros(rows, arms.control) * units.treatment) / units.control;
  const incremental = Math.round(direct + satisfactionMicros(rows, basis) * treatedShare);
  const cost = rows.filter(({ metric }) => metric === COST).reduce((sum, row) => sum - row.valueUsdMicros, manualCostMicros);
  return {
    days: periodMs / 86_400_000,
    incrementalUsd: incremental / 1e6,
    costUsd: cost / 1e6,
    roiPercent: roiPercent(incremental, cost),
    projectedUsdPerYear: Math.round((incremental / treatedShare) * ((SECONDS_PER_YEAR * 1000) / periodMs)) / 1e6,
  };
}
