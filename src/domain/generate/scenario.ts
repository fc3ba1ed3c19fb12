/** What the generated world is like. Everything else in this folder follows from a Scenario and a range of time. */

export type Tenant = { id: string; share: number; users: number };

/** Requests fail and the WebSocket slows down from `from` until before `to` (milliseconds since 1970, UTC). */
export type Incident = { from: number; to: number; errorShare: number; websocketLatencyMs: number };

/** More lead answers and coaching sessions than usual from `from` until before `to`: something to watch in a short demonstration. */
export type Rush = { from: number; to: number };

export type Scenario = {
  seed: number;
  tenants: readonly Tenant[];
  /** Share of the users who do without the features (variant "control"), 0 to 1. */
  holdoutShare: number;
  /** Requests of all five services a day, on average. */
  requestsPerDay: number;
  /** Traffic on top of the usual, events a second around the clock; none of it changes what the features are worth. */
  extraPerSecond: number;
  incidents: readonly Incident[];
  rush: Rush | null;
};

/** Three estate agencies of different size. Their property ratings are worth $5,000 a year for each point above 88 %, each. */
const tenants: readonly Tenant[] = [
  { id: 'harbor-homes', share: 0.5, users: 40 },
  { id: 'lakeside-realty', share: 0.3, users: 24 },
  { id: 'summit-estates', share: 0.2, users: 16 },
];

/** Events a year over the whole platform, chosen so that their worth a year lies within the product's goal of $265K to $440K. */
export const eventsPerYear = {
  leads: 8_600,
  propertyRatings: 22_000,
  churnOutcomes: 150,
  coachingSessions: 2_900,
  exposures: 150_000,
  customMetrics: 36_500,
} as const;

/** Operating costs of the platform, US dollars a year. */
export const COST_USD_PER_YEAR = 43_200;

/** An ordinary world: every user has the features, and nothing goes wrong. */
export const ordinary: Scenario = {
  seed: 1,
  tenants,
  holdoutShare: 0,
  requestsPerDay: 3_000,
  extraPerSecond: 0,
  incidents: [],
  rush: null,
};
