/** How many units a test needs. */
import { normalQuantile } from './normal.ts';
import { rootOfIncreasing } from './root.ts';

/** The seeds call a lift worth rolling forward from 5 % on. */
export const RELEVANT_LIFT = 0.05;
export const POWER = 0.8;

const MOST_UNITS = 1e15;

/**
 * Units of both arms until an effect of this size is shown with the given power, at the present split of units.
 * @param effect distance to be told from 0, above 0
 * @param unitVariance variance of the estimate x its units
 * @param width of the test's interval in standard errors, after so many units
 * @returns infinity where no number of units would do
 */
export function unitsNeeded(effect: number, unitVariance: number, width: (units: number) => number, power = POWER): number {
  if (!(effect > 0)) return Number.POSITIVE_INFINITY;
  if (unitVariance <= 0) return 0;
  const spare = (logUnits: number): number => {
    const units = Math.exp(logUnits);
    return effect * Math.sqrt(units / unitVariance) - width(units) - normalQuantile(power);
  };
  const units = Math.exp(rootOfIncreasing(spare, Math.log(1 + unitVariance / effect ** 2) + 2, 1));
  return units < MOST_UNITS ? units : Number.POSITIVE_INFINITY;
}

/** Two digits, rounded up: more would promise what no forecast can keep. */
export function about(units: number): number {
  if (units < 1 || !Number.isFinite(units)) return Math.max(0, units);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(units)) - 1);
  return Math.ceil(units / unit) * unit;
}
