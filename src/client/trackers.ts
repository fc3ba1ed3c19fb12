/** The typed trackers: one for each thing that a service may state. */
import type { EventKind, EventOf, Payloads } from '../domain/event.ts';
import { trackedKinds } from '../domain/track.ts';

/** What every statement may carry. Left out, `occurredAt` is now and `eventId` a new one. */
export type Common = {
  tenantId: string;
  /** The user or agent; also the unit of randomisation. */
  userId?: string | null;
  /** What it is about: a lead, a property, a session. */
  entityId?: string | null;
  /** The experiment variant that the user saw. */
  variant?: string | null;
  /** Event time: milliseconds since 1970, or a Date. */
  occurredAt?: number | Date;
  /** A UUID. The same id, tenant, feature and minute is the same event, so a retry with the same id counts once. */
  eventId?: string;
};

type Optional<P> = { [K in keyof P as null extends P[K] ? K : never]?: P[K] };
type Required<P> = { [K in keyof P as null extends P[K] ? never : K]: P[K] };
/** A payload whose nullable fields may be left out. */
export type Settable<P> = Required<P> & Optional<P>;

type OfOneFeature<K extends EventKind> = Common & Settable<Payloads[K]>;
type OfAnyFeature<K extends EventKind> = OfOneFeature<K> & { featureId: string };
/** Without a feature it belongs to the platform. */
type OfSomeFeature<K extends EventKind> = OfOneFeature<K> & { featureId?: string };
type Metric = Omit<OfAnyFeature<'custom-metrics'>, 'attributes'> & { attributes?: Record<string, string> };

/** The event as it was accepted, for `correct` and `retract`; null when it was not accepted. */
export type Accepted<K extends EventKind> = Readonly<EventOf<K>> | null;

export type Trackers = {
  /** An agent answered a lead. */
  trackLeadResponse(what: OfOneFeature<'lead-intelligence'>): Accepted<'lead-intelligence'>;
  /** A property match was rated. */
  trackPropertyMatch(what: OfOneFeature<'property-intelligence'>): Accepted<'property-intelligence'>;
  /** An intervention against churn had an outcome. */
  trackChurnIntervention(what: OfOneFeature<'churn-prevention'>): Accepted<'churn-prevention'>;
  /** A coaching session ended. */
  trackCoachingSession(what: OfOneFeature<'ai-coaching'>): Accepted<'ai-coaching'>;
  /** A service answered a request. */
  trackRequest(what: OfSomeFeature<'request-telemetry'>): Accepted<'request-telemetry'>;
  /** A unit saw a variant of a feature flag. */
  trackExposure(what: OfAnyFeature<'flag-exposures'>): Accepted<'flag-exposures'>;
  /** A cost was incurred; `amountUsd` is decimal text. */
  trackCost(what: OfSomeFeature<'operating-costs'>): Accepted<'operating-costs'>;
  /** Any other metric, with additional data in `attributes`. */
  recordMetric(what: Metric): Accepted<'custom-metrics'>;
};

type Accept = <K extends EventKind>(kind: K, what: object) => Accepted<K>;

/** All trackers over one function that accepts. */
export function createTrackers(accept: Accept): Trackers {
  return {
    trackLeadResponse: (what) => accept(trackedKinds['response-time'], what),
    trackPropertyMatch: (what) => accept(trackedKinds.satisfaction, what),
    trackChurnIntervention: (what) => accept(trackedKinds['churn-intervention'], what),
    trackCoachingSession: (what) => accept(trackedKinds['coaching-session'], what),
    trackRequest: (what) => accept('request-telemetry', what),
    trackExposure: (what) => accept('flag-exposures', what),
    trackCost: (what) => accept('operating-costs', what),
    recordMetric: (what) => accept(trackedKinds.metric, what),
  };
}
