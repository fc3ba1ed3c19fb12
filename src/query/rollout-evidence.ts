/** Gathers what a rollout is judged by: its experiment since the first percentage, and what the present stage has been worth. */
import { type AskedExperiment, experimentQuestion } from '../domain/experiment-question.ts';
import type { Flag } from '../domain/flags/flag.ts';
import { isPercentageStage, treatedShare } from '../domain/flags/stage.ts';
import type { RolloutPlan, RolloutState } from '../domain/rollout.ts';
import { experimentEvidence, noEvidence, type RolloutEvidence, valueEvidence } from '../domain/rollout-evidence.ts';
import { cover } from '../domain/tier.ts';
import { floorTo } from '../domain/window.ts';
import type { ExperimentResults } from './experiment-cache.ts';
import { rolloutValueRows } from './rollout-value.ts';
import { scopeOf } from './scope.ts';
import { ask, type Rows } from './statement.ts';

export type EvidenceDeps = { clickhouse: Rows; results: ExperimentResults; retentionRawDays: number };
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

/**
 * @param now milliseconds since 1970
 * @throws what ClickHouse's adapter throws
 */
export async function gatherEvidence(deps: EvidenceDeps, watched: Watched, now: number): Promise<RolloutEvidence> {
  const { flag, plan, state } = watched;
  if (!isPercentageStage(state.stage) || state.rampedAt === null) return noEvidence;
  const question = experimentQuestion(askedOf(watched, now, deps.retentionRawDays), flag);
  const since = floorTo(state.enteredAt, MINUTE_MS);
  const till = floorTo(now, MINUTE_MS) + MINUTE_MS;
  const [result, rows] = await Promise.all([
    deps.results(deps.clickhouse, scopeOf(null), question),
    ask(deps.clickhouse, rolloutValueRows(scopeOf(null), flag.featureId, cover(since, till))),
  ]);
  const experiment = experimentEvidence(result);
  const basis = { arms: question.arms, units: experiment.units, treatedShare: treatedShare(state.stage), periodMs: now - state.enteredAt };
  return {
    experiment: plan.metrics.length > 0 ? experiment : { ...experiment, goals: [], guardrails: experiment.guardrails },
    value: valueEvidence(rows, basis),
  };
}
