/** What one event is worth, and by which formula, for the person who stated it. */
import { roiShareOf } from './contribution.ts';
import type { FeatureEvent } from './event.ts';
import { measurementsOf } from './measurement.ts';
import { pricing, SECONDS_PER_YEAR, satisfactionValueMicros, usdOfMicros } from './roi.ts';

/** Decimal text, US dollars, six places. Null where the product has no formula, or none for a single event. */
export type Worth = {
  valueUsd: string | null;
  /** A score is worth something only as the mean of a period: what a year with this mean would be worth. */
  valueUsdPerYear: string | null;
  /** The calculation, for people. */
  formula: string | null;
};

const { lead, property, churn, coaching } = pricing;
const dollars = (usd: number): string => `$${usd.toLocaleString('en-US')}`;

function formulaOf(event: FeatureEvent): string | null {
  switch (event.kind) {
    case 'lead-intelligence':
      return `(${lead.baselineSeconds} s - ${event.responseTimeSeconds} s) x ${dollars(lead.agentUsdPerHour)}/h`;
    case 'property-intelligence':
      return `(${event.satisfactionScore} - ${property.baselineScore}) points x ${dollars(property.usdPerPointYear)} a year, as the mean of the tenant`;
    case 'churn-prevention':
      return `(${churn.baselineRate * 100} % - ${event.churned ? 100 : 0} %) x ${dollars(churn.usdPerPreventedChurn)}`;
    case 'ai-coaching':
      return `(${coaching.baselineMinutes} min - ${event.sessionDurationMinutes} min) x ${dollars(coaching.trainerUsdPerHour)}/h`;
    case 'custom-metrics':
      return event.valueUsd === null ? null : 'as stated';
    default:
      return null;
  }
}

/** The worth of an event by the formulas of `roi.ts`, as the pipeline will count it. */
export function worthOf(event: FeatureEvent): Worth {
  const share = roiShareOf(event, measurementsOf(event));
  const rated = event.kind === 'property-intelligence';
  return {
    valueUsd: share === null || rated ? null : usdOfMicros(share.valueUsdMicros),
    valueUsdPerYear: rated ? usdOfMicros(satisfactionValueMicros(1, event.satisfactionScore, SECONDS_PER_YEAR)) : null,
    formula: formulaOf(event),
  };
}
