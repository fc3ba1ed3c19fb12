/** What can be stated one at a time by name: commands, routes and the client library all take it from here. */
import type { EventKind } from './event.ts';

/** Which kind of event each of them states. */
export const trackedKinds = {
  'response-time': 'lead-intelligence',
  satisfaction: 'property-intelligence',
  'churn-intervention': 'churn-prevention',
  'coaching-session': 'ai-coaching',
  metric: 'custom-metrics',
} as const satisfies Record<string, EventKind>;

export type TrackName = keyof typeof trackedKinds;

export type TrackFieldType = 'text' | 'number' | 'whole' | 'boolean' | 'time' | 'attributes';

/** One field of the event: its name in the event and in JSON, and the word for it on the command line. */
export type TrackField = {
  field: string;
  option: string;
  type: TrackFieldType;
  required: boolean;
  description: string;
  example: unknown;
};

export type Track = { name: TrackName; kind: EventKind; description: string; fields: readonly TrackField[] };

type Told = readonly [field: string, option: string, type: TrackFieldType, description: string, example: unknown];

const needed = (...[field, option, type, description, example]: Told): TrackField => ({
  ...{ field, option, type, description, example },
  required: true,
});
const optional = (...[field, option, type, description, example]: Told): TrackField => ({
  ...{ field, option, type, description, example },
  required: false,
});

const tenant = needed('tenantId', 'tenant', 'text', 'the tenant', 'tenant_123');
const user = optional('userId', 'user', 'text', 'the user who saw the feature', 'user_456');
const lead = optional('entityId', 'lead', 'text', 'the lead', 'lead_789');

const common: readonly TrackField[] = [
  optional('variant', 'variant', 'text', 'the variant that the user saw', 'treatment'),
  optional('occurredAt', 'at', 'time', 'when it happened; now without this', '2026-01-11T09:30:00Z'),
  optional('eventId', 'event-id', 'text', 'a UUID of your own: the same id and time count once', '0f8fad5b-d9cb-469f-a165-70867728950e'),
  optional('source', 'source', 'text', 'the service that observed it', 'lead-router'),
];

const track = (name: TrackName, description: string, ...fields: TrackField[]): Track => ({
  name,
  kind: trackedKinds[name],
  description,
  fields: [...fields, ...common],
});

export const tracks: readonly Track[] = [
  track(
    'response-time',
    'a lead was answered',
    tenant,
    user,
    lead,
    needed('responseTimeSeconds', 'seconds', 'number', 'seconds until the answer (before the product: 900)', 25),
    optional('scoringLatencyMs', 'scoring-latency', 'number', 'milliseconds that scoring took', 40),
    optional('converted', 'converted', 'boolean', 'whether the lead converted', true),
    optional('agentProductivityScore', 'productivity', 'number', "the agent's productivity, 0 to 100", 87),
  ),
  track(
    'satisfaction',
    'a property match was rated',
    tenant,
    user,
    lead,
    needed('satisfactionScore', 'score', 'number', 'satisfaction in percent, 0 to 100 (before the product: 88)', 95),
    optional('propertyId', 'property', 'text', 'the property', 'prop_101'),
    optional('visionAnalysisMs', 'vision-analysis', 'number', 'milliseconds that the analysis of pictures took', 220),
    optional('luxuryDetected', 'luxury', 'boolean', 'whether it was found to be luxurious', false),
    optional('showingBooked', 'showing-booked', 'boolean', 'whether a showing was booked', true),
  ),
  track(
    'churn-intervention',
    'an intervention against churn had its outcome',
    tenant,
    user,
    lead,
    needed('interventionStage', 'stage', 'whole', 'stage of the intervention: 1, 2 or 3', 2),
    needed('churned', 'churned', 'boolean', 'whether the lead churned all the same', false),
    optional('riskScore', 'risk', 'number', 'the predicted risk, 0 to 1', 0.7),
  ),
  track(
    'coaching-session',
    'an agent had a coaching session',
    tenant,
    optional('userId', 'agent', 'text', 'the agent', 'agent_456'),
    optional('entityId', 'session', 'text', 'the session', 'session_17'),
    needed('sessionDurationMinutes', 'minutes', 'number', 'minutes that it took (before the product: 40)', 18),
    needed('productivityScore', 'productivity', 'number', "the agent's productivity, 0 to 100", 87),
    optional('trainingHours', 'training-hours', 'number', 'hours of training so far', 12),
  ),
  track(
    'metric',
    'any other measurement',
    tenant,
    user,
    optional('entityId', 'entity', 'text', 'what it is about', 'lead_789'),
    needed('featureId', 'feature', 'text', 'the feature', 'my_feature'),
    needed('metric', 'metric', 'text', 'its name, lower snake case', 'custom_conversion'),
    needed('value', 'value', 'number', 'its value', 1),
    optional('valueUsd', 'value-usd', 'number', 'what it is worth, US dollars', 12.5),
    optional('attributes', 'data', 'attributes', 'additional data', { plan: 'pro' }),
  ),
];
