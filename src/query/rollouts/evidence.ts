/** Gathers what a rollout is judged by: its experiment since the first percentage, and what the present stage has been worth. */
import { type AskedExperiment, experimentQuestion } from '../../domain/experiment/question.ts';
import type { Flag } from '../../domain/flags/flag.ts';
import { isPercentageStage, treatedShare } from '../../domain/flags/stage.ts';
import {
  experimentEvidence,
  manualCostMicros,
  noEvidence,
  type RolloutEvidence,
  type ValueBasis,
  type ValueEvidence,
  valueEvidence,
} from '../../domain/rollout/evidence.ts';
import type { RolloutPlan, RolloutState } from '../../domain/rollout.ts';
import { cover } from '../../domain/tier.ts';
import { floorTo } from '../../domain/window.ts';
import { dayAt, plusDays, startOfDay } from '../../domain/zone.ts';
import { type CostDeps, costsOfDays } from '../costs.ts';
import type { ExperimentResults } from '../experiment/cache.ts';
import { scopeOf } from '../scope.ts';
import { ask } from '../statement.ts';
import { rolloutValueRows } from './value.ts';

export type EvidenceDeps = Pick<CostDeps, 'clickhouse' | 'postgres'> & {
  config: CostDeps['config'] & { retentionRawDays: number };
  results: ExperimentResults;
};
export type Watched = { flag: Flag; plan: RolloutPlan; state: RolloutState };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** No outcome has it: asked for where a plan names no metric, so that exposures are counted all the same. */
const NO_OUTCOME = 'exposure';

const named = (guardrail: string): string => guardrail.replace(/@.*$/, '');

/** The period ends with the day, as that of the API does: asked again while nothing new is stored, the answer is a remembered one. */
function askedOf({ flag, plan, state }: Watched, now: number, retentionRawDays: number): AskedExperiment {
  const kept = now - retentionRawDays * DAY_MS;
  const goals = plan.metrics.filter((metric) => !plan.guardrails.some((one) => named(one) === metric));
  return {
    feature: flag.featureId,
    metrics: plan.metrics.length > 0 ? plan.metrics : [NO_OUTCOME],
    guardrails: [...plan.guardrails, ...goals],
    period: { from: floorTo(Math.max(state.rampedAt ?? now, kept), MINUTE_MS), to: floorTo(now, DAY_MS) + DAY_MS },
    policy: plan.policy,
    alpha: plan.alpha,
    daily: false,
    zone: 'UTC',
  };
}

/** What was entered by hand for the feature, of each day the part that lies in the stage. */
async function manualCost(deps: EvidenceDeps, { flag, state }: Watched, now: number): Promise<number> {
  const { timeZone } = deps.config;
  const span = { from: dayAt(timeZone, state.enteredAt), to: plusDays(dayAt(timeZone, now), 1) };
  return manualCostMicros(await costsOfDays(deps, scopeOf(null), span), flag.featureId, (day) => {
    const [begin, end] = [startOfDay(timeZone, day), startOfDay(timeZone, plusDays(day, 1))];
    return Math.max(0, Math.min(end, now) - Math.max(begin, state.enteredAt)) / (end - begin);
  });
}

type Compared = Pick<ValueBasis, 'arms' | 'units'>;

async function stageValue(deps: EvidenceDeps, watched: Watched, compared: Compared, now: number): Promise<ValueEvidence | null> {
  const { flag, state } = watched;
  const ranges = cover(floorTo(state.enteredAt, MINUTE_MS), floorTo(now, MINUTE_MS) + MINUTE_MS);
  const [rows, entered] = await Promise.all([
    ask(deps.clickhouse, rolloutValueRows(scopeOf(null), flag.featureId, ranges)),
    manualCost(deps, watched, now),
  ]);
  const basis = { ...compared, treatedShare: treatedShare(state.stage), periodMs: now - state.enteredAt, manualCostMicros: entered };
  return valueEvidence(rows, basis);
}

/**
 * @param now milliseconds since 1970
 * @throws what ClickHouse's or Postgres' adapter throws
 */
export async function gatherEvidence(deps: EvidenceDeps, watched: Watched, now: number): Promise<RolloutEvidence> {
  const { flag, plan, state } = watched;
  if (!isPercentageStage(state.stage) || state.rampedAt === null) return noEvidence;
  const question = experimentQuestion(askedOf(watched, now, deps.config.retentionRawDays), flag);
  const experiment = experimentEvidence(await deps.results(deps.clickhouse, scopeOf(null), question));
  const value = await stageValue(deps, watched, { arms: question.arms, units: experiment.units }, now);
  return { experiment: plan.metrics.length > 0 ? experiment : { ...experiment, goals: [] }, value };
}
