/** Asking for flags, as our own processes and services see it; `src/client/flags.ts` makes one. */
import type { Evaluation, FlagContext } from './evaluation.ts';
import type { Ids } from './exposure.ts';
import type { Flag } from './flag.ts';

/** Since the process began. `lookups` = `hits` + `staleLookups` + `unknown`; of these, `errors` ended in an error of the flag. */
export type FlagStatistics = {
  readonly lookups: number;
  /** Answered from a copy known to be current. */
  readonly hits: number;
  /** Answered from a copy that may be out of date. */
  readonly staleLookups: number;
  /** There was no such flag, or no copy yet. */
  readonly unknown: number;
  /** Answers with an error code, unknown flags left out. */
  readonly errors: number;
  /** Whole copies fetched, changes taken over as they were told, and attempts that failed. */
  readonly loads: number;
  readonly news: number;
  readonly loadFailures: number;
  /** Of a sample of the lookups; microseconds, null before the first. */
  readonly lookupMicros: { readonly p50: number | null; readonly p99: number | null; readonly samples: number };
};

export type FlagState = {
  /** "<epoch>.<count>" of the copy; null before the first. */
  readonly revision: string | null;
  /** Whether the copy may be out of date. */
  readonly stale: boolean;
  /** When the copy was last known to be current, milliseconds since 1970; null before the first. */
  readonly confirmedAt: number | null;
  /** Why the copy could not be confirmed; null while it is. */
  readonly problem: string | null;
};

/** `ids`: what changed; empty when only staleness did. */
export type FlagListener = (ids: readonly string[], state: FlagState) => void;

export type FlagReader = {
  /** Never throws and never waits, whatever is down. */
  evaluate(flagId: string, context?: FlagContext): Evaluation;
  /** The variant of a feature's experiment that belongs on a unit's events; null: there is none, or the unit is not in it. */
  variantOf(featureId: string, ids: Ids): string | null;
  get(flagId: string): Flag | null;
  /** Every flag, by id. */
  flags(): readonly Flag[];
  state(): FlagState;
  statistics(): FlagStatistics;
  /** @returns a function that ends the listening */
  onChange(listener: FlagListener): () => void;
};
