/** A feature flag: who gets which variant of a feature, how far it is rolled out, and what would end the rollout. */
import type { Json, JsonObject } from './json.ts';
import type { RolloutStage } from './stage.ts';

/** What is given a variant and keeps it. */
export const units = ['user', 'tenant', 'entity'] as const;
export type Unit = (typeof units)[number];

/** Weights are relative to each other. All values of a flag have one type. */
export type Variant = { readonly name: string; readonly value: Json; readonly weight: number };

/** What people decide about a flag. */
export type FlagDefinition = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  /** The feature that events name: the id, unless that is no feature name. */
  readonly featureId: string;
  readonly stage: RolloutStage;
  /** What the feature is to bring in, US dollars a year; null: not stated. */
  readonly roiTargetUsd: number | null;
  /** Limits beyond which the feature is to be rolled back. */
  readonly errorRateThresholdPercent: number;
  readonly latencyThresholdMs: number;
  readonly metricDropThresholdPercent: number;
  /** These tenants get the feature from `internal` on... */
  readonly tenantWhitelist: readonly string[];
  /** ...and these never; the blacklist wins. */
  readonly tenantBlacklist: readonly string[];
  /** Internal users: they get the feature from `internal` on. */
  readonly userWhitelist: readonly string[];
  /** In the order of their ranges: see `arms.ts`. */
  readonly variants: readonly Variant[];
  /** Served to whoever does not get the feature, and the control of its experiment. Null: the caller's own default. */
  readonly defaultVariant: string | null;
  /** Served to whoever gets the feature without chance: lists, internal users, everybody at `ga`. */
  readonly gaVariant: string | null;
  readonly unit: Unit;
  /** Units are put into buckets by seed and id: another seed is another experiment. */
  readonly seed: string;
  /** A JSONLogic rule that names a variant, or null to leave it to the stage. */
  readonly targeting: JsonObject | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
};

/** A flag as it is stored. Times in milliseconds since 1970. */
export type Flag = FlagDefinition & {
  /** 1 for the first statement of this id, one more with each change, deletions included. */
  readonly version: number;
  /** Kept for its history; evaluated as if it were disabled. */
  readonly archived: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** A flag as it stands in JSON: times are ISO 8601. */
export type FlagDocument = Omit<Flag, 'createdAt' | 'updatedAt'> & { readonly createdAt: string; readonly updatedAt: string };

/** The flag as JSON; `parseStoredFlag` of it gives the flag back. */
export function flagDocument(flag: Flag): FlagDocument {
  return { ...flag, createdAt: new Date(flag.createdAt).toISOString(), updatedAt: new Date(flag.updatedAt).toISOString() };
}

/** What people decided, without what storing added. */
export function definitionOf({ version: _, archived: _1, createdAt: _2, updatedAt: _3, ...definition }: Flag): FlagDefinition {
  return definition;
}
