/** A simulated experiment whose truth is known: every unit's exposures and measurements, and by plain loops what an analysis of them must find. */
import type { FeatureEvent } from '../../src/domain/event.ts';
import { type Random, randomFor } from '../../src/domain/generate/random.ts';
import type { PairedSums } from '../../src/domain/stats/sums.ts';
import { pairedSumsOf } from '../../src/domain/stats/sums.ts';
import { eventOf } from './feature-events.ts';

export const DAY = 86_400_000;
/** Begin of the experiment; it lasts ten days, five at each stage. */
export const START = Date.UTC(2026, 0, 10);
export const END = START + 10 * DAY;
export const PRE_DAYS = 7;
export const METRIC = 'pages_read';
/** What the feature does to every measurement after the exposure. */
export const EFFECT = 0.5;
const STAGES = ['beta_10', 'beta_25'] as const;

type Measurement = { at: number; value: number };
export type SimulatedUnit = {
  id: string;
  variant: 'control' | 'treatment';
  stage: (typeof STAGES)[number];
  exposedAt: number;
  measurements: Measurement[];
};

const someTime = (random: Random, from: number, to: number): number => Math.floor(from + random.unit() * (to - from));

/** Before its exposure a unit behaves as it always does; that is what CUPED is to find, and what must not count as an outcome. */
function simulate(random: Random, i: number, baseline: number): SimulatedUnit {
  const stage = STAGES[i % 2] ?? STAGES[0];
  const variant = random.unit() < 0.5 ? 'control' : 'treatment';
  const begin = stage === 'beta_10' ? START : START + 5 * DAY;
  const exposedAt = someTime(random, begin, begin + 4 * DAY);
  const own = baseline + 2 * random.normal();
  const before = Array.from({ length: 4 }, () => ({
    at: someTime(random, exposedAt - PRE_DAYS * DAY, exposedAt),
    value: own + random.normal(),
  }));
  const after = Array.from({ length: Math.floor(random.unit() * 5) }, () => {
    const level = own + (variant === 'treatment' ? EFFECT : 0) + (stage === 'beta_25' ? 3 : 0);
    return { at: someTime(random, exposedAt, END), value: level + random.normal() };
  });
  return { id: `unit-${i}`, variant, stage, exposedAt, measurements: [...before, ...after] };
}

export function simulatedUnits(units: number, seed: number): SimulatedUnit[] {
  const random = randomFor(seed, 'experiment', 0);
  return Array.from({ length: units }, (_, i) => simulate(random, i, 10));
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function exposureOf(unit: SimulatedUnit, tenantId: string, changes: object = {}): FeatureEvent {
  const common = { tenantId, userId: unit.id, featureId: 'reading', variant: unit.variant };
  return eventOf('flag-exposures', iso(unit.exposedAt), { ...common, rolloutStage: unit.stage, reason: 'percentage', ...changes });
}

export function eventsOf(unit: SimulatedUnit, tenantId: string): FeatureEvent[] {
  const measured = unit.measurements.map(({ at, value }, i) =>
    eventOf('custom-metrics', iso(at), {
      tenantId,
      userId: unit.id,
      featureId: 'reading',
      // What the outcome says of the variant does not count: the first exposure does.
      variant: null,
      metric: METRIC,
      value,
      entityId: `measurement ${i}`,
    }),
  );
  // Logged again a day later, at another stage: neither the stage nor the time of the first exposure changes.
  return [
    exposureOf(unit, tenantId),
    exposureOf({ ...unit, exposedAt: unit.exposedAt + DAY }, tenantId, { rolloutStage: 'beta_50' }),
    ...measured,
  ];
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** What a plain reader of the same units would sum up until a moment: (mean after, mean before) of each unit that has any after. */
export function expectedSums(units: readonly SimulatedUnit[], variant: string, stage: string, till = END): PairedSums {
  const mine = units.filter((unit) => unit.variant === variant && unit.stage === stage && unit.exposedAt < till);
  const pairs = mine.flatMap(({ measurements, exposedAt }): [number, number][] => {
    const values = (when: (at: number) => boolean): number[] => measurements.filter(({ at }) => when(at)).map(({ value }) => value);
    const after = values((at) => at >= exposedAt && at < till);
    const before = values((at) => at < exposedAt);
    return after.length === 0 ? [] : [[meanOf(after), before.length === 0 ? 0 : meanOf(before)]];
  });
  return pairedSumsOf(pairs);
}
