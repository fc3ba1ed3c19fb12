/**
 * What a feature has caused: the effect that its experiment shows x how often it could have one x what one unit of it is worth.
 * Effects are shrunk together (`stats/shrinkage.ts`), since the features that look best are partly the luckiest.
 */

import { type ValuedFeature, valuedFeatures } from '../event.ts';
import { betterOf } from '../experiment/measure.ts';
import { pricing } from '../roi.ts';
import { estimatePrior, shrink } from '../stats/shrinkage.ts';
import { keyMetrics } from '../target.ts';
import { isValued } from './value.ts';

/** What one unit of the key metric is worth, US dollars; below zero where less is better. Satisfaction: a point for a year. */
const usdPerKeyUnit: Record<ValuedFeature, number> = {
  realtime_intelligence: -pricing.lead.agentUsdPerHour / 3600,
  property_intelligence: pricing.property.usdPerPointYear,
  churn_prevention: -pricing.churn.usdPerPreventedChurn,
  ai_coaching: -pricing.coaching.trainerUsdPerHour / 60,
};

/** What an experiment has shown of a feature's key metric, by use. `lift` is treatment against control as a part of control. */
export type ObservedEffect = {
  featureId: string;
  controlN: number;
  treatmentN: number;
  controlMean: number;
  lift: number;
  liftError: number;
};
/** The same, as it is to be believed. `asOf` is the day on which it was asked, `fromDate` the first day that it rests on. */
export type Effect = ObservedEffect & {
  metric: string;
  asOf: string;
  fromDate: string;
  shrunkLift: number;
  shrunkError: number;
  shrunkLow: number;
  shrunkHigh: number;
};

/** Money that experiments show to be caused, with an interval that holds the truth with probability 95 %. */
export type Causal = { valueUsdMicros: number; lowUsdMicros: number; highUsdMicros: number };

/** Times and churn are better when they are less, so their lifts are turned round to be compared with the others'. */
const signOf = (featureId: ValuedFeature): 1 | -1 => (betterOf(keyMetrics[featureId].metric) === 'lower' ? -1 : 1);

/** Effects of one day, believed together. Those without a spread are left out: nothing is known of them. */
export function shrinkEffects(observed: readonly ObservedEffect[], asOf: string, fromDate: string): Effect[] {
  const usable = observed.filter(({ featureId, liftError }) => isValued(featureId) && liftError > 0 && Number.isFinite(liftError));
  const improvements = usable.map((one) => ({ effect: one.lift * signOf(one.featureId as ValuedFeature), standardError: one.liftError }));
  const prior = estimatePrior(improvements);
  return usable.map((one, i) => {
    const featureId = one.featureId as ValuedFeature;
    const { effect, standardError, interval } = shrink(improvements[i] ?? { effect: 0, standardError: 1 }, prior);
    const ends = interval.map((end) => end * signOf(featureId)).sort((a, b) => a - b);
    return {
      ...one,
      metric: keyMetrics[featureId].metric,
      asOf,
      fromDate,
      shrunkLift: effect * signOf(featureId) || 0,
      shrunkError: standardError,
      shrunkLow: ends[0] ?? 0,
      shrunkHigh: ends[1] ?? 0,
    };
  });
}

const order = (featureId: string): number => (valuedFeatures as readonly string[]).indexOf(featureId);

/** The worth of an effect that could work so often; null for a feature that has no key metric. */
export function causalOf(effect: Effect, causalUnits: number): Causal | null {
  if (order(effect.featureId) < 0) return null;
  const usd = (lift: number): number =>
    Math.round(lift * effect.controlMean * usdPerKeyUnit[effect.featureId as ValuedFeature] * causalUnits * 1e6) || 0;
  const ends = [usd(effect.shrunkLow), usd(effect.shrunkHigh)].sort((a, b) => a - b);
  return { valueUsdMicros: usd(effect.shrunkLift), lowUsdMicros: ends[0] ?? 0, highUsdMicros: ends[1] ?? 0 };
}

/** Several features together, whose errors have nothing to do with each other: variances add up. Null when there is none. */
export function causalTotal(parts: readonly Causal[]): Causal | null {
  if (parts.length === 0) return null;
  const value = parts.reduce((sum, part) => sum + part.valueUsdMicros, 0);
  const half = Math.sqrt(parts.reduce((sum, { lowUsdMicros, highUsdMicros }) => sum + ((highUsdMicros - lowUsdMicros) / 2) ** 2, 0));
  return { valueUsdMicros: value, lowUsdMicros: Math.round(value - half) || 0, highUsdMicros: Math.round(value + half) || 0 };
}
