/** How many more units it takes to decide. */
import type { DecisionInput, GuardrailEvidence, MetricPair } from '../decision.ts';
import { varianceOfDifference } from '../stats/comparison.ts';
import { oneSidedWidth, twoSidedHalfWidth } from '../stats/confidence-sequence.ts';
import { evenLooks } from '../stats/group-sequential.ts';
import { allowance } from '../stats/margin.ts';
import { about, POWER, RELEVANT_LIFT, unitsNeeded } from '../stats/power.ts';
import { lookBound } from './looks.ts';
import { percent, whole } from './words.ts';

/** Units of both arms; null where no number of them would do. `purpose` completes "to ...". */
export type Missing = { units: number | null; purpose: string };

/** The width that decides: of the last look where looks were planned. */
function widthAt({ looks, alpha, tuningUnits }: DecisionInput): (units: number) => number {
  if (looks === null) return (units) => twoSidedHalfWidth(1, units, alpha, tuningUnits);
  const bound = lookBound({ ...looks, information: evenLooks(looks.planned) }, alpha);
  return () => bound;
}

/**
 * Units for the observed effect, or for a lift of 5 % (what the guide asks for) where less is observed: small effects take for ever, and the
 * observed one may be nothing. Where there are already enough for 5 %, the observed effect is what is left to tell.
 */
function goalMissing(input: DecisionInput, { metric, pair }: MetricPair): Missing {
  const unitVariance = varianceOfDifference(pair) * pair.units;
  const baseline = Math.abs(pair.control.mean);
  const observed = Math.abs(pair.treatment.mean - pair.control.mean);
  const more = (effect: number): number => unitsNeeded(effect, unitVariance, widthAt(input)) - pair.units;
  const relevant = more(RELEVANT_LIFT * baseline);
  if (observed < RELEVANT_LIFT * baseline && relevant > 0)
    return { units: relevant, purpose: `tell a lift of ${percent(RELEVANT_LIFT)} of ${metric}` };
  return { units: more(observed), purpose: `tell the observed lift of ${percent(baseline > 0 ? observed / baseline : 0)} of ${metric}` };
}

function guardrailMissing({ alpha, tuningUnits, guardrails }: DecisionInput, { metric, verdict }: GuardrailEvidence): Missing {
  const found = guardrails.find((one) => one.metric === metric);
  if (verdict !== 'undecided' || found === undefined) return { units: 0, purpose: '' };
  const { pair, margin } = found;
  const width = (units: number): number => oneSidedWidth(1, units, alpha, tuningUnits);
  const needed = unitsNeeded(allowance(margin, pair.control.mean), varianceOfDifference(pair) * pair.units, width);
  // Where there should be enough already, treatment leans to the bad side: a tenth more is the least that can be said.
  return { units: Math.max(needed - pair.units, pair.units / 10), purpose: `show that ${metric} is within its margin` };
}

const most = (candidates: readonly Missing[]): Missing =>
  candidates.reduce((worst, one) => ((one.units ?? Number.POSITIVE_INFINITY) > (worst.units ?? Number.POSITIVE_INFINITY) ? one : worst));

/** What takes longest. Any goal will do, every guardrail must. */
export function missingUnits(input: DecisionInput, goalReached: boolean, guardrails: readonly GuardrailEvidence[]): Missing {
  const goals = goalReached ? [] : input.goals.map((goal) => goalMissing(input, goal));
  const quickest = goals.reduce<Missing[]>(
    (best, one) => (best[0] === undefined || (one.units ?? 0) < (best[0].units ?? 0) ? [one] : best),
    [],
  );
  const worst = most([...quickest, ...guardrails.map((guardrail) => guardrailMissing(input, guardrail)), { units: 0, purpose: '' }]);
  return { units: Number.isFinite(worst.units) ? about(Math.max(0, worst.units ?? 0)) : null, purpose: worst.purpose };
}

export function describeMissing({ units, purpose }: Missing): string {
  if (units === null) return `No number of units would do to ${purpose}.`;
  return `Needs about ${whole(units)} more units in both arms together to ${purpose} (power ${percent(POWER)}).`;
}
