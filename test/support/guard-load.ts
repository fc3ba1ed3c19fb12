/** Requests and other outcomes of users whom a flag has given a variant, as a service emits them: seeded, so that a test knows what it sends. */
import type { FeatureEvent } from '../../src/domain/event.ts';
import { compileFlag } from '../../src/domain/flags/compile.ts';
import type { Flag, FlagDefinition } from '../../src/domain/flags/flag.ts';
import { parseDefinition } from '../../src/domain/flags/parse.ts';
import { randomFor } from '../../src/domain/generate/random.ts';
import { eventOf } from './feature-events.ts';

export const definitionOf = (changes: Record<string, unknown> = {}): FlagDefinition => {
  const parsed = parseDefinition({ id: 'property_intelligence', stage: 'beta_50', ...changes });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definition;
};

export const storedFlag = (definition: FlagDefinition, version = 1, updatedAt = 0): Flag => ({
  ...definition,
  version,
  archived: false,
  createdAt: updatedAt,
  updatedAt,
});

/** What the feature does; of both arms by the name of their variants. `errors`: parts of 1. `satisfaction`: mean score. */
export type Effects = { errors?: [number, number]; latencyMs?: [number, number]; satisfaction?: [number, number] };

const harmless: Required<Effects> = { errors: [0.01, 0.01], latencyMs: [80, 80], satisfaction: [75, 75] };

/**
 * One user after the other makes a request and says how satisfied it is.
 * @param at milliseconds since 1970, of the first
 * @param salt other users and other chance
 */
export function outcomesOf(flag: Flag, users: number, at: number, effects: Effects = {}, salt = 'a'): FeatureEvent[] {
  const compiled = compileFlag(flag, () => at);
  const { errors, latencyMs, satisfaction } = { ...harmless, ...effects };
  return Array.from({ length: users }, (_, i) => {
    const who = { tenantId: `tenant_${i % 4}`, userId: `user_${salt}_${i}`, featureId: flag.featureId };
    const { variant } = compiled.decide(false, who.tenantId, who.userId, null);
    const random = randomFor(1, `load ${salt}`, i);
    const arm = variant === flag.defaultVariant ? 0 : 1;
    const envelope = { ...who, variant, entityId: `${salt}_${i}` };
    const [ok, time] = [random.unit() >= errors[arm], new Date(at + i).toISOString()];
    const telemetry = { ok, errorCode: ok ? null : 'timeout', latencyMs: latencyMs[arm] * Math.exp(0.3 * random.normal()) };
    const score = Math.min(100, Math.max(0, satisfaction[arm] + 12 * random.normal()));
    return [
      eventOf('request-telemetry', time, { ...envelope, ...telemetry }),
      flag.featureId === 'property_intelligence'
        ? eventOf('property-intelligence', time, { ...envelope, satisfactionScore: score })
        : eventOf('custom-metrics', time, { ...envelope, metric: 'happiness', value: score, valueUsd: null }),
    ];
  }).flat();
}

/** The users' exposures, as a service logs them. */
export function exposuresOf(flag: Flag, users: number, at: number, salt = 'a'): FeatureEvent[] {
  const compiled = compileFlag(flag, () => at);
  return Array.from({ length: users }, (_, i) => {
    const who = { tenantId: `tenant_${i % 4}`, userId: `user_${salt}_${i}`, featureId: flag.featureId };
    const { variant, decidedBy, stage } = compiled.decide(false, who.tenantId, who.userId, null);
    return eventOf('flag-exposures', new Date(at + i).toISOString(), { ...who, variant, reason: decidedBy, rolloutStage: stage });
  });
}
