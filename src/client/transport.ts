/** How a client's events leave the process. */
import type { FeatureEvent } from '../domain/event.ts';

export type Transport = {
  /**
   * Resolves when all of these are acknowledged; they may be tried again as a whole, since an event id counts once.
   * @throws ImpactError; `bad_request`, `forbidden`, `unprocessable` and `payload_too_large` blame the events, all else means try again
   */
  send(events: readonly FeatureEvent[]): Promise<void>;
  close(): Promise<void>;
};
