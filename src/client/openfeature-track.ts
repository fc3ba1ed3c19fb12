/** What a service tracks through OpenFeature, as events of ours. */
import type { EvaluationContext, TrackingEventDetails } from '@openfeature/server-sdk';
import { type EventKind, PLATFORM } from '../domain/event.ts';
import type { Trackers } from './trackers.ts';

export type TrackingSink = Trackers;
type Track = (name: string, context: EvaluationContext, details: TrackingEventDetails) => void;

/** Fields of an event that are no additional data. */
const named = new Set(['value', 'valueUsd', 'featureId', 'tenantId', 'userId', 'entityId', 'eventId', 'occurredAt', 'variant']);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));

/** A metric's name: lower case, digits and underscores, beginning with a letter. "Checkout completed" is `checkout_completed`. */
const metricOf = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .replace(/_$/, '')
    .slice(0, 64);

/** Whom it is about, and what else an event may carry whatever it states. */
function commonOf(context: EvaluationContext, details: TrackingEventDetails): object {
  const own = (field: string): unknown => details[field] ?? context[field];
  const common = {
    tenantId: own('tenantId'),
    userId: textOf(own('userId')) ?? textOf(context.targetingKey),
    entityId: textOf(own('entityId')),
    eventId: details['eventId'],
    occurredAt: details['occurredAt'],
    variant: textOf(details['variant']),
  };
  return Object.fromEntries(Object.entries(common).filter(([, value]) => value !== undefined));
}

function attributesOf(details: TrackingEventDetails): Record<string, string> {
  const others = Object.entries(details).filter(([field, value]) => !named.has(field) && value !== undefined);
  return Object.fromEntries(others.map(([field, value]) => [field, shown(value)]));
}

/** A name of one of our kinds of event states that kind, with the details as its fields. */
function kindsOf(sink: TrackingSink): Partial<Record<EventKind, (what: never) => unknown>> {
  return {
    'lead-intelligence': sink.trackLeadResponse,
    'property-intelligence': sink.trackPropertyMatch,
    'churn-prevention': sink.trackChurnIntervention,
    'ai-coaching': sink.trackCoachingSession,
    'request-telemetry': sink.trackRequest,
    'operating-costs': sink.trackCost,
  };
}

/**
 * All other names are custom metrics: `value` is the value (1 where there is none), `valueUsd` its worth, `featureId` its feature; the
 * rest of the details is additional data.
 */
export function createTrack(sink: TrackingSink, featureId: string = PLATFORM): Track {
  const kinds = kindsOf(sink);
  return (name, context, details = {}) => {
    const common = commonOf(context, details);
    const state = Object.hasOwn(kinds, name) ? kinds[name as EventKind] : undefined;
    if (state) {
      state({ ...details, ...common } as never);
      return;
    }
    const metric = { metric: metricOf(name), value: details.value ?? 1, valueUsd: details['valueUsd'] ?? null };
    const feature = textOf(details['featureId']) ?? featureId;
    sink.recordMetric({ ...common, ...metric, featureId: feature, attributes: attributesOf(details) } as never);
  };
}
