/** Numbers and evidence as people read them. */
import type { GoalEvidence, GuardrailEvidence } from '../decision.ts';
import { numberFormat } from '../number-format.ts';

const digits3 = numberFormat({ maximumSignificantDigits: 3 });
const digits4 = numberFormat({ maximumSignificantDigits: 4 });

export const whole = numberFormat({ maximumFractionDigits: 0 });

/** Four digits, or all before the point; with an exponent where that would be many zeros. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential(3);
  return size >= 1000 ? whole(value) : digits4(value);
}

export const percent = (share: number): string => `${Math.abs(share) < 1e12 ? digits3(share * 100) : shown(share * 100)} %`;

export const signedPercent = (share: number): string => `${share > 0 ? '+' : ''}${percent(share)}`;

export const probability = (p: number): string => (p < 0.0001 ? 'p < 0.0001' : `p = ${digits3(p)}`);

/** Means, lift and all three p-values, each with its name. */
export function describeGoal(goal: GoalEvidence): string {
  const { metric, control, treatment, lift } = goal;
  const change = lift === null ? '' : `, ${signedPercent(lift)}`;
  const tests = [
    `${probability(goal.pValueOfDifference)} on the difference`,
    `${probability(goal.pValueOfLift)} on the relative lift`,
    `${probability(goal.sequentialPValue)} always-valid on the difference`,
  ];
  const units = `${whole(control.n)} and ${whole(treatment.n)} units`;
  return `${metric}: ${shown(treatment.mean)} in treatment against ${shown(control.mean)} in control${change} (${tests.join(', ')}; ${units}).`;
}

const verdictWords = { not_inferior: 'is not worse than', undecided: 'is not yet shown to be within', inferior: 'is worse than' } as const;

export function describeGuardrail({ metric, control, treatment, verdict, margin }: GuardrailEvidence): string {
  const borne = [margin.relative > 0 && percent(margin.relative), margin.absolute > 0 && shown(margin.absolute)].filter(
    (part) => part !== false,
  );
  const means = `${shown(treatment.mean)} in treatment against ${shown(control.mean)} in control`;
  return `Guardrail ${metric} ${verdictWords[verdict]} its margin of ${borne.join(' and ') || '0'}: ${means}.`;
}
