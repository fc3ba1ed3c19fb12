/** The streams of the generated world: what happens, how often, and to whom. */
import type { FeatureEvent } from '../event.ts';
import {
  type Body,
  churnOutcome,
  coachingSession,
  customMetric,
  exposure,
  leadAnswer,
  type Moment,
  propertyRating,
} from './observations.ts';
import { type Random, randomFor, uuidFrom } from './random.ts';
import { request } from './requests.ts';
import { eventsPerYear, type Scenario, type Tenant } from './scenario.ts';
import { type Season, WEEK_MS } from './season.ts';

const WEEKS_PER_YEAR = 365 / 7;
const SECONDS_PER_WEEK = WEEK_MS / 1000;

export type Stream = {
  name: string;
  season: Season;
  perWeek: number;
  /** The stream runs in this range only; null: always. */
  within: { from: number; to: number } | null;
  build: (moment: Moment) => Body;
};

type Build = Stream['build'];
const always = (name: string, season: Season, perWeek: number, build: Build): Stream => ({ name, season, perWeek, within: null, build });

const usual = (scenario: Scenario): Stream[] => [
  always('leads', 'office', eventsPerYear.leads / WEEKS_PER_YEAR, leadAnswer),
  always('ratings', 'office', eventsPerYear.propertyRatings / WEEKS_PER_YEAR, propertyRating),
  always('churn', 'office', eventsPerYear.churnOutcomes / WEEKS_PER_YEAR, churnOutcome),
  always('coaching', 'office', eventsPerYear.coachingSessions / WEEKS_PER_YEAR, coachingSession),
  always('exposures', 'office', eventsPerYear.exposures / WEEKS_PER_YEAR, exposure),
  always('custom', 'office', eventsPerYear.customMetrics / WEEKS_PER_YEAR, customMetric),
  always('requests', 'office', scenario.requestsPerDay * 7, request),
];

/** Extra traffic holds no lead answers, coaching sessions or churn outcomes, because each of those is worth money by itself. */
const extra = ({ extraPerSecond }: Scenario): Stream[] => {
  if (extraPerSecond === 0) return [];
  const perWeek = extraPerSecond * SECONDS_PER_WEEK;
  return [
    always('extra-requests', 'even', perWeek * 0.75, request),
    always('extra-exposures', 'even', perWeek * 0.15, exposure),
    always('extra-custom', 'even', perWeek * 0.06, customMetric),
    always('extra-ratings', 'even', perWeek * 0.04, propertyRating),
  ];
};

const rush = ({ rush: within }: Scenario): Stream[] =>
  within === null
    ? []
    : [
        { name: 'rush-leads', season: 'even', perWeek: SECONDS_PER_WEEK / 5, within, build: leadAnswer },
        { name: 'rush-coaching', season: 'even', perWeek: SECONDS_PER_WEEK / 20, within, build: coachingSession },
      ];

export const streamsOf = (scenario: Scenario): Stream[] => [...usual(scenario), ...extra(scenario), ...rush(scenario)];

function pickTenant(tenants: readonly Tenant[], random: Random): Tenant {
  let left = random.unit();
  for (const tenant of tenants) {
    left -= tenant.share;
    if (left < 0) return tenant;
  }
  return tenants.at(-1) as Tenant;
}

/**
 * Event `index` of a stream.
 * @param placeTime event time from a uniform draw, milliseconds since 1970, UTC
 */
export function eventOf(scenario: Scenario, stream: Stream, index: number, placeTime: (unit: number) => number): FeatureEvent {
  const random = randomFor(scenario.seed, stream.name, index);
  const eventId = uuidFrom(random);
  const occurredAt = placeTime(random.unit());
  const tenant = pickTenant(scenario.tenants, random);
  const user = random.bits() % tenant.users;
  const incident = scenario.incidents.find(({ from, to }) => occurredAt >= from && occurredAt < to) ?? null;
  const variant = user < scenario.holdoutShare * tenant.users ? 'control' : 'treatment';
  const body = stream.build({ random, index, variant, incident });
  return {
    eventId,
    revision: 0,
    retracted: false,
    occurredAt,
    tenantId: tenant.id,
    userId: `${tenant.id}-user-${user}`,
    ...body,
  } as FeatureEvent;
}
