/** One made-up rollout through the real decision code: the guard looks every hour, the policies every day (and the classic one every hour too). */

import { type GuardPlan, type Guardrail, type GuardState, initialGuard, observeGuard } from '../../src/domain/decision/guard.ts';
import { judgeGuard } from '../../src/domain/decision/guard-verdict.ts';
import { recommend } from '../../src/domain/decision/recommend.ts';
import type { Action, DecisionInput, GuardrailPair, Looks, MetricPair, PolicyName } from '../../src/domain/decision.ts';
import { DEFAULT_BUCKETS } from '../../src/domain/stats/buckets.ts';
import { DEFAULT_TUNING_UNITS } from '../../src/domain/stats/confidence-sequence.ts';
import { evenLooks } from '../../src/domain/stats/group-sequential.ts';
import { noMargin } from '../../src/domain/stats/margin.ts';
import { guardedPair } from '../../src/domain/stats/mean-guard.ts';
import { meanMoments, proportionMoments, ratioMoments } from '../../src/domain/stats/moments.ts';
import { cautiousPairOf, type Pair, pairOf, stratify } from '../../src/domain/stats/pair.ts';
import type { ArmName } from '../../src/domain/stats/safe-test.ts';
import { mergeSums, noPairs, noUnits, type PairedSums, type Sums } from '../../src/domain/stats/sums.ts';
import {
  type ControlDesign,
  DAYS,
  EVENTS_PER_UNIT,
  type FeatureEffect,
  rolloutHours,
  stages,
  treatmentShare,
  type UnitOutcome,
} from './rollout-world.ts';

const guardrail = (id: string, kind: Guardrail['kind'], better: Guardrail['better']): Guardrail => ({
  id,
  kind,
  better,
  margin: noMargin,
  limit: null,
  weight: 1,
});

/** Four guardrails without any margin: the hardest case for false alarms. */
export const plan: GuardPlan = {
  alpha: 0.05,
  guardrails: [
    { ...guardrail('request_error', 'rate', 'lower'), limit: 0.05 },
    guardrail('churned', 'rate', 'lower'),
    guardrail('api_latency_ms', 'mean', 'lower'),
    guardrail('value', 'mean', 'higher'),
  ],
  buckets: DEFAULT_BUCKETS,
  tuningUnits: DEFAULT_TUNING_UNITS,
};

type Cell = { value: Sums; errors: PairedSums; churned: Sums };
type Cells = Record<ArmName, Cell>;
const emptyCell = (): Cell => ({ value: { ...noUnits }, errors: { ...noPairs }, churned: { ...noUnits } });

/** In place: a rollout has a million additions. */
function addTo(sums: Sums, value: number): void {
  sums.n += 1;
  sums.sum += value;
  sums.sumSquares += value * value;
}

function addUnit({ value, errors, churned }: Cell, unit: UnitOutcome): void {
  addTo(value, unit.value);
  addTo(churned, unit.churned);
  addTo(errors, unit.errors);
  errors.otherSum += EVENTS_PER_UNIT;
  errors.otherSumSquares += EVENTS_PER_UNIT ** 2;
  errors.crossSum += unit.errors * EVENTS_PER_UNIT;
}

type World = { cells: Map<string, Cells>; guard: GuardState };

function observe(world: World, unit: UnitOutcome): void {
  const { arm, stage, bucket } = unit;
  const cells = world.cells.get(stage.name) ?? { control: emptyCell(), treatment: emptyCell() };
  addUnit(cells[arm], unit);
  world.cells.set(stage.name, cells);
  const outcome = (id: string, n: number, sum: number): void => {
    world.guard = observeGuard(plan, world.guard, { guardrail: id, stage: stage.name, arm, bucket, n, sum });
  };
  outcome('request_error', EVENTS_PER_UNIT, unit.errors);
  outcome('churned', 1, unit.churned);
  outcome('api_latency_ms', EVENTS_PER_UNIT, unit.latencySum);
  outcome('value', 1, unit.value);
}

const pairs = ({ cells }: World, of: (cell: Cell) => Pair['control']): Pair[] =>
  [...cells.values()].map(({ control, treatment }) => cautiousPairOf(of(control), of(treatment)));

/** The seeds' analysis knows no strata: all of control against all of treatment. */
function pooledValue({ cells }: World): MetricPair {
  const all = (arm: ArmName): Sums => [...cells.values()].map((cell) => cell[arm].value).reduce(mergeSums, noUnits);
  return { metric: 'value', better: 'higher', pair: pairOf(meanMoments(all('control')), meanMoments(all('treatment'))) };
}

function guardrailPairs(world: World): GuardrailPair[] {
  const latency = world.guard['api_latency_ms'];
  const errors = stratify(pairs(world, ({ errors }) => ratioMoments(errors)));
  const churned = stratify(pairs(world, ({ churned }) => proportionMoments(churned)));
  return [
    { metric: 'request_error', better: 'lower', margin: { relative: 0, absolute: 0.005 }, pair: errors },
    { metric: 'churned', better: 'lower', margin: { relative: 0, absolute: 0.03 }, pair: churned },
    ...(latency !== undefined && 'mean' in latency
      ? [{ metric: 'api_latency_ms', better: 'lower' as const, margin: { relative: 0.1, absolute: 0 }, pair: guardedPair(latency.mean) }]
      : []),
  ];
}

function question(world: World, design: ControlDesign, policy: PolicyName, looks: Looks | null): DecisionInput {
  const goal: MetricPair = { metric: 'value', better: 'higher', pair: stratify(pairs(world, ({ value }) => meanMoments(value))) };
  const splits = stages.flatMap((stage) => {
    const cells = world.cells.get(stage.name);
    const share = treatmentShare(stage, design);
    return cells === undefined ? [] : [{ units: [cells.control.value.n, cells.treatment.value.n], weights: [1 - share, share] }];
  });
  return {
    policy,
    alpha: 0.05,
    tuningUnits: DEFAULT_TUNING_UNITS,
    looks,
    stage: [...world.cells.keys()].at(-1) ?? null,
    minimumUnits: 30,
    goals: [policy === 'classic' ? pooledValue(world) : goal],
    guardrails: policy === 'classic' ? [] : guardrailPairs(world),
    splits,
    crossovers: null,
    triggers: [],
  };
}

/** What a policy did first, and when: that ends the rollout for it. */
export type FirstAct = { action: Exclude<Action, 'continue'>; at: number } | null;
export type Judged = {
  /** The hour in which the guard rolled back, and why. */
  guardHour: number | null;
  broken: readonly string[];
  /** Daily looks: always-valid, and group-sequential for 30 planned looks. */
  sequential: FirstAct;
  planned: FirstAct;
  classicDaily: FirstAct;
  classicHourly: FirstAct;
};
type Policy = 'sequential' | 'planned' | 'classicDaily' | 'classicHourly';

const nothingYet = (): Judged => ({
  guardHour: null,
  broken: [],
  sequential: null,
  planned: null,
  classicDaily: null,
  classicHourly: null,
});

const dayLook = (day: number): Looks => ({ planned: DAYS, information: evenLooks(DAYS).slice(0, day), spending: 'obrien_fleming' });

function decide(judged: Judged, policy: Policy, at: number, asked: () => DecisionInput): void {
  if (judged[policy] !== null) return;
  const { action } = recommend(asked());
  if (action !== 'continue') judged[policy] = { action, at };
}

function guardLook(judged: Judged, world: World, hour: number): void {
  if (judged.guardHour !== null) return;
  const { rollback, harms } = judgeGuard(plan, world.guard);
  if (!rollback) return;
  judged.guardHour = hour;
  judged.broken = harms.map(({ guardrail: id, test }) => `${id} (${test})`);
}

/** @param policies without them only the guard looks, until it rolls back */
export function judgeRollout(seed: number, design: ControlDesign, effect: FeatureEffect, policies = true): Judged {
  const world: World = { cells: new Map(), guard: initialGuard(plan) };
  const judged = nothingYet();
  for (const { hour, units } of rolloutHours(seed, design, effect)) {
    for (const unit of units) observe(world, unit);
    guardLook(judged, world, hour + 1);
    if (!policies && judged.guardHour !== null) break;
    if (!policies) continue;
    decide(judged, 'classicHourly', hour + 1, () => question(world, design, 'classic', null));
    const day = (hour + 1) / 24;
    if (!Number.isInteger(day)) continue;
    decide(judged, 'sequential', day, () => question(world, design, 'sequential', null));
    decide(judged, 'planned', day, () => question(world, design, 'sequential', dayLook(day)));
    decide(judged, 'classicDaily', day, () => question(world, design, 'classic', null));
  }
  return judged;
}
