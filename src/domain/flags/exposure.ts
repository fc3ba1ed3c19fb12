/** Exposures: which unit has seen which variant, and for how long that need not be said again. */
import type { Evaluation } from './evaluation.ts';
import type { Unit } from './flag.ts';

/** The ids of whoever was asked about, as the caller gave them. */
export type Ids = {
  readonly tenantId?: unknown;
  readonly userId?: unknown;
  readonly entityId?: unknown;
  /** The user or the entity, where the caller does not say which. */
  readonly targetingKey?: unknown;
};

/** What an exposure says about the flag. */
export type Exposed = Pick<Evaluation, 'flagId' | 'featureId' | 'variant' | 'stage' | 'decidedBy'>;

/** What an exposure says about the unit. */
export type ExposedUnit = { readonly tenantId: string; readonly userId: string | null; readonly entityId: string | null };

const idOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const tenantIdOf = ({ tenantId }: Ids): string | null => idOf(tenantId);

/** The id that the variant was drawn by; null where there is none. */
export function unitIdOf(unit: Unit, { tenantId, userId, entityId, targetingKey }: Ids): string | null {
  if (unit === 'tenant') return idOf(tenantId);
  return idOf(unit === 'user' ? userId : entityId) ?? idOf(targetingKey);
}

/** The unit as an event names it; null without a tenant, which every event needs, or without the unit's own id. */
export function exposedUnit(unit: Unit, ids: Ids): ExposedUnit | null {
  const [tenantId, unitId] = [tenantIdOf(ids), unitIdOf(unit, ids)];
  if (tenantId === null || unitId === null) return null;
  return {
    tenantId,
    userId: unit === 'user' ? unitId : idOf(ids.userId),
    entityId: unit === 'entity' ? unitId : idOf(ids.entityId),
  };
}

/** One text for each flag, tenant and unit. The tenant's length keeps "a" and "bc" apart from "ab" and "c". */
export const exposureKey = (flagId: string, tenantId: string, unitId: string): string =>
  `${flagId}\n${tenantId.length}\n${tenantId}${unitId}`;

type Seen = { readonly variant: string; readonly stage: string; readonly at: number };

export type ExposureMemory = {
  /** Whether this is news: the unit has not seen this variant at this stage within the window. If so, it is remembered. */
  isNew(key: string, variant: string, stage: string, now: number): boolean;
  /** The variant that was seen last, if it is remembered. */
  variantOf(key: string): string | null;
  size(): number;
};

/** Entries that may be forgotten with each new one; more than one, so that a burst's leftovers go. */
const FORGOTTEN_AT_ONCE = 4;

/**
 * @param windowMs for how long an exposure need not be told again, milliseconds
 * @param maxUnits remembered at most; beyond it the oldest is forgotten, and perhaps told again before its window is over
 */
export function createExposureMemory(windowMs: number, maxUnits: number): ExposureMemory {
  /** In the order in which they were told, so that the oldest come first. */
  const seen = new Map<string, Seen>();

  function forget(now: number): void {
    let left = FORGOTTEN_AT_ONCE;
    for (const [key, { at }] of seen) {
      if (seen.size <= maxUnits && (now - at < windowMs || left === 0)) return;
      seen.delete(key);
      left -= 1;
    }
  }

  return {
    isNew(key, variant, stage, now) {
      const known = seen.get(key);
      if (known !== undefined && known.variant === variant && known.stage === stage && now - known.at < windowMs) return false;
      seen.delete(key);
      seen.set(key, { variant, stage, at: now });
      forget(now);
      return true;
    },
    variantOf: (key) => seen.get(key)?.variant ?? null,
    size: () => seen.size,
  };
}
