/** Exposures: which unit has seen which variant, and for how long that need not be said again. */
import { entry } from '../entry.ts';
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

/** Units of one flag and tenant. Ids are looked up one after the other: making one text of them would cost more than all the rest. */
type Group = { readonly tenantId: string; readonly tenants: Map<string, Group>; readonly units: Map<string, Seen> };

/** In the order in which they were told. */
type Seen = {
  readonly group: Group;
  readonly unitId: string;
  variant: string;
  stage: string;
  at: number;
  before: Seen | null;
  after: Seen | null;
};

export type ExposureMemory = {
  /** Whether this is news: the unit has not seen this variant at this stage within the window. If so, it is remembered. */
  isNew(flagId: string, tenantId: string, unitId: string, variant: string, stage: string, now: number): boolean;
  /** The variant that was seen last, if it is remembered. */
  variantOf(flagId: string, tenantId: string, unitId: string): string | null;
  size(): number;
};

/** Entries that may be forgotten with each new one; more than one, so that a burst's leftovers go. */
const FORGOTTEN_AT_ONCE = 4;

function createQueue() {
  let [oldest, newest, size]: [Seen | null, Seen | null, number] = [null, null, 0];
  return {
    oldest: () => oldest,
    size: () => size,
    remove(seen: Seen): void {
      if (seen.before === null) oldest = seen.after;
      else seen.before.after = seen.after;
      if (seen.after === null) newest = seen.before;
      else seen.after.before = seen.before;
      size -= 1;
    },
    append(seen: Seen): void {
      seen.before = newest;
      seen.after = null;
      if (newest === null) oldest = seen;
      else newest.after = seen;
      newest = seen;
      size += 1;
    },
  };
}

/**
 * @param windowMs for how long an exposure need not be told again, milliseconds
 * @param maxUnits remembered at most; beyond it the oldest is forgotten, and perhaps told again before its window is over
 */
export function createExposureMemory(windowMs: number, maxUnits: number): ExposureMemory {
  const flags = new Map<string, Map<string, Group>>();
  const queue = createQueue();

  function groupOf(flagId: string, tenantId: string): Group {
    const tenants = entry(flags, flagId, () => new Map<string, Group>());
    return entry(tenants, tenantId, () => ({ tenantId, tenants, units: new Map() }));
  }

  function forget(now: number): void {
    for (let left = FORGOTTEN_AT_ONCE; ; left -= 1) {
      const seen = queue.oldest();
      if (seen === null || (queue.size() <= maxUnits && (now - seen.at < windowMs || left <= 0))) return;
      queue.remove(seen);
      const { tenantId, tenants, units } = seen.group;
      units.delete(seen.unitId);
      if (units.size === 0) tenants.delete(tenantId);
    }
  }

  function tell(group: Group, known: Seen | undefined, unitId: string, variant: string, stage: string, now: number): void {
    const seen = known ?? { group, unitId, variant, stage, at: now, before: null, after: null };
    if (known === undefined) group.units.set(unitId, seen);
    else {
      queue.remove(known);
      Object.assign(known, { variant, stage, at: now });
    }
    queue.append(seen);
    forget(now);
  }

  return {
    isNew(flagId, tenantId, unitId, variant, stage, now) {
      const group = flags.get(flagId)?.get(tenantId);
      const known = group?.units.get(unitId);
      if (known !== undefined && known.variant === variant && known.stage === stage && now - known.at < windowMs) return false;
      tell(group ?? groupOf(flagId, tenantId), known, unitId, variant, stage, now);
      return true;
    },
    variantOf: (flagId, tenantId, unitId) => flags.get(flagId)?.get(tenantId)?.units.get(unitId)?.variant ?? null,
    size: queue.size,
  };
}
