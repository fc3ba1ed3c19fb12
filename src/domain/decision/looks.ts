/** Which test a goal must pass: the bound of a planned look where looks were planned, else the always-valid one. */
import type { DecisionInput, GoalEvidence, Looks } from '../decision.ts';
import { varianceOfDifference } from '../stats/comparison.ts';
import { evenLooks, groupSequentialBounds } from '../stats/group-sequential.ts';
import type { Pair } from '../stats/pair.ts';
import { shown } from './words.ts';

/** The z that |effect / standard error| must reach. */
export function lookBound({ planned, information, spending }: Looks, alpha: number): number {
  const plan = { alpha, sides: 2, spending } as const;
  if (information !== null) return groupSequentialBounds({ ...plan, information }).at(-1) ?? Number.POSITIVE_INFINITY;
  return Math.max(...groupSequentialBounds({ ...plan, information: evenLooks(planned) }));
}

/** Does the goal show an effect, on either side, with error probability `level` over all looks? */
export function goalTest({ looks }: DecisionInput, goal: GoalEvidence | undefined, pair: Pair | undefined, level: number): boolean {
  if (goal === undefined || pair === undefined || goal.sequentialInterval === null) return false;
  if (looks === null) return goal.sequentialPValue < level;
  return Math.abs(goal.effect) / Math.sqrt(varianceOfDifference(pair)) >= lookBound(looks, level);
}

export function testName({ looks, alpha, goals }: DecisionInput): string {
  const level = goals.length > 1 ? `${shown(alpha)} after Holm's correction` : shown(alpha);
  if (looks === null) return `the always-valid test at ${level}`;
  const shape = looks.spending === 'pocock' ? "Pocock's" : "O'Brien and Fleming's";
  const which = looks.information === null ? `any of ${looks.planned} looks` : `look ${looks.information.length} of ${looks.planned}`;
  return `${shape} bound for ${which} at ${level} (z of ${shown(lookBound(looks, alpha))})`;
}
