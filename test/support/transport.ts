/** A transport that does what a test tells it, and remembers what it was given. */
import type { Transport } from '../../src/client/transport.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';

export type TestTransport = Transport & {
  sent: FeatureEvent[];
  attempts: number;
  closed: number;
  /** How each attempt goes; may throw, or never resolve. */
  behave: (events: readonly FeatureEvent[]) => Promise<void> | void;
};

/** Takes everything until told otherwise. */
export function testTransport(): TestTransport {
  const transport: TestTransport = {
    sent: [],
    attempts: 0,
    closed: 0,
    behave: () => {},
    async send(events) {
      transport.attempts += 1;
      await transport.behave(events);
      transport.sent.push(...events);
    },
    async close() {
      transport.closed += 1;
    },
  };
  return transport;
}
