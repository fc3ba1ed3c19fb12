/** The gates before a stage: each with what was asked, what was found, and whether that is enough. */
import { percent, probability, shown, whole } from '../decision/words.ts';
import { isPercentageStage } from '../flags/stage.ts';
import type { GateName, RolloutPlan, RolloutState, RolloutStep } from '../rollout.ts';
import { placeOf } from '../rollout.ts';
import type { EffectEvidence, ExperimentEvidence, RolloutEvidence } from './evidence.ts';

/** `minimum_duration` and `minimum_sample` belong to the stage that is left, `no_harm` to every percentage, all others to the stage that is entered. */
export type GateKind = GateName | 'minimum_duration' | 'minimum_sample' | 'no_harm';

export type Gate = {
  readonly gate: GateKind;
  readonly met: boolean;
  /** The figures that it goes by; null: not known. */
  readonly figures: Readonly<Record<string, number | string | null>>;
  /** A sentence for people. */
  readonly says: string;
};

/** What the gates go by besides the evidence. */
export type GateLimits = {
  /** What the flag is to bring in, US dollars a year; null: not stated, and the percentage counts. */
  readonly roiTargetUsd: number | null;
  readonly roiTargetPercent: number;
};

export type Situation = {
  readonly plan: RolloutPlan;
  readonly state: RolloutState;
  readonly evidence: RolloutEvidence;
  readonly limits: GateLimits;
  /** Milliseconds since 1970. */
  readonly now: number;
};

const DAY_MS = 86_400_000;
const dollars = (usd: number): string => `${usd < 0 ? '-' : ''}$${whole(Math.abs(usd))}`;
const unknown = (gate: GateKind, says: string): Gate => ({ gate, met: false, figures: {}, says });

function duration({ state, now }: Situation, { minimumDays }: RolloutStep): Gate {
  const days = Math.max(0, now - state.enteredAt) / DAY_MS;
  const met = days >= minimumDays;
  return {
    gate: 'minimum_duration',
    met,
    figures: { days, minimumDays },
    // A hundredth of a day is a quarter of an hour: nobody decides by less.
    says: `${shown(Math.floor(days * 100 + 1e-6) / 100)} of ${shown(minimumDays)} days at ${state.stage}`,
  };
}

function sample({ evidence }: Situation, { minimumUnitsPerArm }: RolloutStep): Gate {
  const units = evidence.experiment?.units ?? { control: 0, treatment: 0 };
  const met = Math.min(units.control, units.treatment) >= minimumUnitsPerArm;
  const says = `${whole(units.control)} units in control and ${whole(units.treatment)} in treatment, of ${whole(minimumUnitsPerArm)} each`;
  return { gate: 'minimum_sample', met, figures: { ...units, minimumUnitsPerArm }, says };
}

/** No stage is left for a larger one while the arms are broken or the feature is shown to do harm. */
function noHarm({ evidence: { experiment } }: Situation): Gate {
  if (experiment === null)
    return { gate: 'no_harm', met: true, figures: { action: null }, says: 'nothing is measured that could show harm' };
  const { action, withheld, reasons } = experiment;
  const met = !withheld && action !== 'rollback';
  return { gate: 'no_harm', met, figures: { action }, says: met ? 'no harm is shown' : (reasons[0] ?? action) };
}

const bettered = ({ effect, better }: EffectEvidence): boolean => (better === 'higher' ? effect > 0 : effect < 0);

function effectFigures({ metric, control, treatment, effect, interval, lift, pValue }: EffectEvidence): Gate['figures'] {
  const [low, high] = interval ?? [null, null];
  return { metric, controlN: control.n, treatmentN: treatment.n, effect, low, high, lift, pValue };
}

/** A goal that is better, and significantly so. Of several the clearest is shown. */
function significance({ plan, evidence: { experiment } }: Situation): Gate {
  if (experiment === null || experiment.goals.length === 0) return unknown('significance', 'nothing is measured yet');
  const order = (goal: EffectEvidence): number => (bettered(goal) ? goal.pValue : 1 + goal.pValue);
  const best = experiment.goals.reduce((a, b) => (order(b) < order(a) ? b : a));
  const met = !experiment.withheld && bettered(best) && best.pValue < plan.alpha;
  const change = best.lift === null ? '' : ` (${best.lift > 0 ? '+' : ''}${percent(best.lift)})`;
  const says = `${best.metric}${change}: ${probability(best.pValue)}, ${bettered(best) ? 'better' : 'not better'}, asked for p < ${shown(plan.alpha)}`;
  return { gate: 'significance', met, figures: { ...effectFigures(best), alpha: plan.alpha }, says };
}

const count = ({ guardrails }: ExperimentEvidence, verdict: string): number => guardrails.filter((one) => one.verdict === verdict).length;

/** Shown not to be worse than its margin, each of them: that nothing is shown to be worse is not enough. */
function metricsStable({ evidence: { experiment } }: Situation): Gate {
  if (experiment === null || experiment.guardrails.length === 0) return unknown('metrics_stable', 'nothing is measured yet');
  const open = experiment.guardrails.filter(({ verdict }) => verdict !== 'not_inferior');
  const figures = {
    stable: count(experiment, 'not_inferior'),
    undecided: count(experiment, 'undecided'),
    worse: count(experiment, 'inferior'),
  };
  const names = open.map(
    ({ metric, verdict }) =>
      `${metric} ${verdict === 'inferior' ? 'is worse than its margin' : 'is not yet shown to be within its margin'}`,
  );
  const says = open.length === 0 ? 'every metric is within its margin' : names.join('; ');
  return { gate: 'metrics_stable', met: open.length === 0 && !experiment.withheld, figures, says };
}

function roiPositive({ evidence: { value } }: Situation): Gate {
  if (value === null) return unknown('roi_positive', 'no value is known yet');
  const { incrementalUsd, costUsd, roiPercent } = value;
  const says = `${dollars(incrementalUsd)} more than control for ${dollars(costUsd)} of cost${roiPercent === null ? '' : `, ROI ${whole(roiPercent)} %`}`;
  return { gate: 'roi_positive', met: incrementalUsd > costUsd, figures: { incrementalUsd, costUsd, roiPercent }, says };
}

function roiMeetsTarget({ evidence: { value }, limits }: Situation): Gate {
  if (value === null) return unknown('roi_meets_target', 'no value is known yet');
  const { roiPercent, projectedUsdPerYear, costUsd, incrementalUsd } = value;
  const { roiTargetUsd, roiTargetPercent } = limits;
  if (roiTargetUsd !== null) {
    const says = `${dollars(projectedUsdPerYear)} a year if everybody had it, of ${dollars(roiTargetUsd)}`;
    return { gate: 'roi_meets_target', met: projectedUsdPerYear >= roiTargetUsd, figures: { projectedUsdPerYear, roiTargetUsd }, says };
  }
  const met = roiPercent === null ? incrementalUsd > costUsd : roiPercent >= roiTargetPercent;
  const says = roiPercent === null ? 'no cost is known' : `ROI ${whole(roiPercent)} % of ${whole(roiTargetPercent)} %`;
  return { gate: 'roi_meets_target', met, figures: { roiPercent, roiTargetPercent }, says };
}

function entryGate(name: GateName, situation: Situation): Gate {
  switch (name) {
    case 'roi_positive':
      return roiPositive(situation);
    case 'significance':
      return significance(situation);
    case 'metrics_stable':
      return metricsStable(situation);
    case 'roi_meets_target':
      return roiMeetsTarget(situation);
    default:
      return name satisfies never;
  }
}

/** Every gate between the present stage and the next one. */
export function gatesBefore(next: RolloutStep, situation: Situation): Gate[] {
  const { plan, state } = situation;
  const present = plan.steps[placeOf(plan, state.stage)];
  const leaving = present === undefined ? [] : [duration(situation, present)];
  const measured = present !== undefined && isPercentageStage(present.stage) ? [sample(situation, present), noHarm(situation)] : [];
  return [...leaving, ...measured, ...next.gates.map((name) => entryGate(name, situation))];
}

export const missingOf = (gates: readonly Gate[]): Gate[] => gates.filter(({ met }) => !met);

/** "significance: p = 0.2 …; minimum_duration: 3 of 7 days". */
export const describeGates = (gates: readonly Gate[]): string =>
  gates.map(({ gate, says }) => `${gate.replaceAll('_', ' ')}: ${says}`).join('; ');
