/** What happens when in the demonstration. */
import { ordinary, type Scenario } from '../../domain/generate/scenario.ts';
import { HOUR_MS } from '../../domain/generate/season.ts';

const DAY_MS = 24 * HOUR_MS;
/** Windows of the demonstration's own rules. The shipped rules look at one to five minutes, longer than anyone wants to wait here. */
export const DEMO_WINDOW_MS = 10_000;

/** Quiet first, so that the incident has something to rise from. */
const CALM_MS = 20_000;
const INCIDENT_MS = 30_000;
const RUSH_MS = 90_000;
/** Live events a second on top of the usual business. */
const LIVE_PER_SECOND = 150;

export type Timeline = { live: Scenario; incident: { from: number; to: number } };

/** First moment of the back-history: midnight UTC, so that its days are whole. */
export function historyStart(now: number, days: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS;
}

/** The world before the live part: quiet. */
export const historyScenario = (seed: number): Scenario => ({ ...ordinary, seed });

/** The live part. The incident fills whole windows, so its first one already shows all of it. */
export function timelineOf(seed: number, start: number): Timeline {
  const from = Math.ceil((start + CALM_MS) / DEMO_WINDOW_MS) * DEMO_WINDOW_MS;
  const incident = { from, to: from + INCIDENT_MS, errorShare: 0.14, websocketLatencyMs: 270 };
  const live = { ...ordinary, seed, extraPerSecond: LIVE_PER_SECOND, incidents: [incident], rush: { from: start, to: start + RUSH_MS } };
  return { live, incident };
}
