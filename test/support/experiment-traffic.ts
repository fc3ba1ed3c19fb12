/** Random traffic of an experiment: exposures that are logged again and again, outcomes of two metrics, and what goes wrong with events. */
import type { FeatureEvent } from '../../src/domain/event.ts';
import type { Random } from '../../src/domain/generate/random.ts';
import { eventOf } from './feature-events.ts';

const DAY = 86_400_000;
const FEATURE = 'ordering';
const TENANTS = ['north', 'south'];
const STAGES = ['beta_10', 'beta_25', 'beta_50'] as const;

const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random.unit() * all.length)] as T;

/** Users have one id in both tenants; each has a variant, which the hundredth exposure or so contradicts. */
function exposure(random: Random, at: number, user: number): FeatureEvent {
  const strays = random.unit() < 0.02;
  const variant = (user % 2 === 0) === strays ? 'treatment' : 'control';
  const reason = random.unit() < 0.1 ? 'outside_percentage' : 'percentage';
  const common = { tenantId: pick(random, TENANTS), userId: `user-${user}`, featureId: FEATURE, variant };
  return eventOf('flag-exposures', new Date(at).toISOString(), { ...common, rolloutStage: pick(random, STAGES), reason });
}

function outcome(random: Random, at: number, user: number): FeatureEvent {
  const common = { tenantId: pick(random, TENANTS), userId: `user-${user}`, featureId: FEATURE, variant: null };
  const metric = pick(random, ['basket', 'visits']);
  const value = random.unit() < 0.3 ? 0 : Math.round(100 * random.normal()) / 10;
  return eventOf('custom-metrics', new Date(at).toISOString(), { ...common, metric, value });
}

/** @param count events between `from` and `to`, ms; some users are exposed late, some never */
export function randomTraffic(random: Random, count: number, from: number, to: number): FeatureEvent[] {
  return Array.from({ length: count }, () => {
    const at = Math.floor(from + random.unit() * (to - from));
    const user = Math.floor(random.unit() * 60);
    const begins = from + (user % 9) * DAY;
    return at > begins && random.unit() < 0.3 ? exposure(random, at, user) : outcome(random, at, user);
  });
}

/** The same event with another value, or user, or taken back. */
export function mended(random: Random, event: FeatureEvent): FeatureEvent {
  const revision = event.revision + 1;
  const draw = random.unit();
  if (draw < 0.3) return { ...event, revision, retracted: true };
  if (draw < 0.5) return { ...event, revision, userId: `user-${Math.floor(random.unit() * 60)}` };
  if (event.kind !== 'custom-metrics') return { ...event, revision, variant: random.unit() < 0.5 ? 'control' : 'treatment' };
  return { ...event, revision, value: event.value + 1 };
}
