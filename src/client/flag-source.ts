/** Where a flag client has its flags from. */
import type { FlagCopy, FlagNews } from '../domain/flags/replica.ts';

export type SourceListener = {
  /** One change, as it is broadcast. */
  news(news: FlagNews): void;
  /** True: changes arrive from now on, but earlier ones may have been missed. False: none arrive any more. */
  connected(is: boolean): void;
};

export type FlagSource = {
  /**
   * Everything, or null when nothing has changed since `revision`.
   * @throws ImpactError when it cannot be had, for the source is away or empty
   */
  load(revision: string | null): Promise<FlagCopy | null>;
  /** Begins to tell changes; it goes on by itself through outages. */
  watch(listener: SourceListener): void;
  close(): Promise<void>;
};
