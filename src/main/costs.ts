/** Costs that are due: charges of several days are stated for the days that have begun since, and what a dead process left unsent is sent. */
import { createPublisher } from '../api/publish.ts';
import { sendDueCosts } from '../query/cost-import.ts';
import { repeat } from '../runtime/repeat.ts';
import type { Adapters } from './adapters.ts';

const SEND_COSTS_MS = 60_000;

/** @returns a function that ends it */
export function keepSendingCosts(adapters: Adapters): () => Promise<void> {
  const publish = createPublisher(adapters);
  const send = (events: Parameters<typeof publish>[0]) =>
    publish(
      events,
      events.map(() => null),
    );
  const work = async (): Promise<void> => {
    await sendDueCosts(adapters.postgres, send, Date.now());
  };
  return repeat('sending the costs that are due', work, SEND_COSTS_MS, adapters.logs('costs'));
}
