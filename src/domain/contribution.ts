/** What one event adds to windows, in the form in which it can be taken out again. */
import type { FeatureEvent } from './event.ts';
import { type Measurement, measurementsOf } from './measurement.ts';
import { ROI_METRIC, type Series } from './window.ts';

/** An event's part in value and cost. `sum` is of satisfaction scores, which are worth something only as a mean over a period. */
export type RoiShare = { n: number; sum: number; valueUsdMicros: number; costUsdMicros: number };

/** `measurements` is empty for an event that is too old for any window but those of ROI. */
export type Contribution = {
  tenantId: string;
  featureId: string;
  variant: string | null;
  eventId: string;
  revision: number;
  retracted: boolean;
  occurredAt: number;
  measurements: readonly Measurement[];
  roi: RoiShare | null;
};

const total = (measurements: readonly Measurement[]): number => measurements.reduce((sum, { valueUsdMicros }) => sum + valueUsdMicros, 0);

/** An event's part in value and cost; null for kinds that have neither. */
export function roiShareOf(event: FeatureEvent, measurements: readonly Measurement[]): RoiShare | null {
  switch (event.kind) {
    case 'lead-intelligence':
    case 'churn-prevention':
    case 'ai-coaching':
      return { n: 1, sum: 0, valueUsdMicros: total(measurements), costUsdMicros: 0 };
    case 'property-intelligence':
      return { n: 1, sum: event.satisfactionScore, valueUsdMicros: 0, costUsdMicros: 0 };
    case 'custom-metrics':
      return event.valueUsd === null ? null : { n: 1, sum: 0, valueUsdMicros: total(measurements), costUsdMicros: 0 };
    case 'operating-costs':
      return { n: 0, sum: 0, valueUsdMicros: 0, costUsdMicros: -total(measurements) };
    case 'request-telemetry':
    case 'flag-exposures':
      return null;
    default:
      return event satisfies never;
  }
}

/** @param history the event is imported history: it feeds the ROI windows only */
export function contributionOf(event: FeatureEvent, history: boolean): Contribution {
  const measurements = measurementsOf(event);
  const { tenantId, featureId, variant, eventId, revision, retracted, occurredAt } = event;
  const roi = roiShareOf(event, measurements);
  return { tenantId, featureId, variant, eventId, revision, retracted, occurredAt, measurements: history ? [] : measurements, roi };
}

/** Ids have no control characters, so this one parts them. */
const SEPARATOR = '\u0000';

export const seriesKey = (metric: string, { featureId, tenantId, variant }: Omit<Series, 'metric'>): string =>
  metric + SEPARATOR + featureId + SEPARATOR + tenantId + SEPARATOR + (variant ?? '');

export const roiKey = (featureId: string, tenantId: string): string => seriesKey(ROI_METRIC, { featureId, tenantId, variant: null });

/** The series of a key. */
export function seriesOf(key: string): Series {
  const [metric = '', featureId = '', tenantId = '', variant = ''] = key.split(SEPARATOR);
  return { metric, featureId, tenantId, variant: variant === '' ? null : variant };
}
