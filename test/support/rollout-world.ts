/** A made-up rollout, unit by unit: what a feature does to its users, hour by hour, while the baseline drifts and the stages advance. Seeded. */
import { type Random, randomFor } from '../../src/domain/generate/random.ts';
import { bucketOfUnit } from '../../src/domain/stats/buckets.ts';
import type { ArmName } from '../../src/domain/stats/safe-test.ts';

export const DAYS = 30;
export const HOURS = DAYS * 24;
export const EVENTS_PER_UNIT = 20;
const UNITS_PER_DAY = 400;

/** Factors that the feature has on treatment; 1 is no effect. */
export type FeatureEffect = { errors: number; churn: number; latency: number; value: number };
export const harmless: FeatureEffect = { errors: 1, churn: 1, latency: 1, value: 1 };

/** `equal`: as many units in control as in treatment, whatever the stage. `everyone_else`: all who are not in treatment. */
export type ControlDesign = 'equal' | 'everyone_else';

export const stages = [
  { name: 'beta_10', fromDay: 0, share: 0.1 },
  { name: 'beta_25', fromDay: 10, share: 0.25 },
  { name: 'beta_50', fromDay: 20, share: 0.5 },
] as const;
export type Stage = (typeof stages)[number];

/** One user in one rollout with everything it did: 20 requests (some failed, each with a latency), churned or not, worth so much. */
export type UnitOutcome = { arm: ArmName; stage: Stage; bucket: number; errors: number; latencySum: number; churned: 0 | 1; value: number };

/** The stage of an hour. */
export const stageOf = (hour: number): Stage => stages.findLast(({ fromDay }) => hour >= fromDay * 24) ?? stages[0];

export const treatmentShare = (stage: Stage, design: ControlDesign): number => (design === 'equal' ? 0.5 : stage.share);

/** Everything grows by half over the month and swings over the day: the baseline drifts while the split changes. */
const baseline = (hour: number): number => (1 + 0.5 * (hour / HOURS)) * (1 + 0.15 * Math.sin((2 * Math.PI * hour) / 24));

const once = (random: Random, probability: number): 0 | 1 => (random.unit() < probability ? 1 : 0);

/** How many of n happen, each with this probability: one draw, looked up in the distribution. */
function binomial(random: Random, n: number, probability: number): number {
  let [k, mass, left] = [0, (1 - probability) ** n, random.unit()];
  for (; left > mass && k < n; k += 1) {
    left -= mass;
    mass *= ((n - k) / (k + 1)) * (probability / (1 - probability));
  }
  return k;
}

function drawUnit(random: Random, hour: number, id: string, design: ControlDesign, effect: FeatureEffect): UnitOutcome {
  const stage = stageOf(hour);
  const arm = random.unit() < treatmentShare(stage, design) ? 'treatment' : 'control';
  const { errors, churn, latency, value } = arm === 'treatment' ? effect : harmless;
  const level = baseline(hour);
  // A user's own speed is felt in each of its requests: twenty events are not twenty users.
  const own = 80 * level * latency * Math.exp(0.4 * random.normal());
  const unit: UnitOutcome = { arm, stage, bucket: bucketOfUnit(id, 64), errors: 0, latencySum: 0, churned: 0, value: 0 };
  for (let i = 0; i < EVENTS_PER_UNIT; i += 1) {
    unit.latencySum += own * (0.5 + random.unit());
  }
  unit.errors = binomial(random, EVENTS_PER_UNIT, 0.01 * level * errors);
  unit.churned = once(random, Math.min(0.9, 0.2 * level * churn));
  // Most users are worth little, a few a lot.
  unit.value = 10 * level * value * Math.exp(0.8 * random.normal());
  return unit;
}

/** The units of each hour of one rollout. */
export function* rolloutHours(
  seed: number,
  design: ControlDesign,
  effect: FeatureEffect,
): Generator<{ hour: number; units: UnitOutcome[] }> {
  const random = randomFor(seed, 'rollout', 0);
  for (let hour = 0; hour < HOURS; hour += 1) {
    const [from, to] = [hour, hour + 1].map((h) => Math.floor((h * UNITS_PER_DAY) / 24)) as [number, number];
    const units = Array.from({ length: to - from }, (_, i) => drawUnit(random, hour, `${seed}-${from + i}`, design, effect));
    yield { hour, units };
  }
}
