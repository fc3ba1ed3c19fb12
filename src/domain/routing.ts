/**
 * Which partition each message went to, and whether each one was acknowledged. kafkajs tries a failed send again only at brokers that have not
 * answered yet: when a partition has moved meanwhile to a broker that has, its messages are left out, and the send succeeds all the same.
 */

export type Batch = { topic: string; messages: readonly object[] };
export type Acknowledged = { topicName: string; partition: number };

export type Routing = {
  /** The message's partition: decided once, so that a second attempt does not send it elsewhere. */
  route<A extends { message: object }>(asked: A, choose: (asked: A) => number): number;
  /**
   * Holds a send's answer against its messages.
   * @throws Error when a partition has not acknowledged its messages, or has done so twice
   */
  verify(batches: readonly Batch[], acknowledged: readonly Acknowledged[]): void;
};

export function createRouting(): Routing {
  const routes = new WeakMap<object, number>();
  const placesOf = ({ topic, messages }: Batch): string[] => messages.map((message) => `${topic}/${routes.get(message)}`);
  return {
    route(asked, choose) {
      const known = routes.get(asked.message);
      if (known !== undefined) return known;
      const chosen = choose(asked);
      routes.set(asked.message, chosen);
      return chosen;
    },
    verify(batches, acknowledged) {
      const answered = acknowledged.map(({ topicName, partition }) => `${topicName}/${partition}`);
      const sent = new Set(answered);
      const missing = new Set(batches.flatMap(placesOf).filter((place) => !sent.has(place)));
      if (missing.size > 0) throw new Error(`no acknowledgement from ${[...missing].join(', ')}, which moved to another broker`);
      if (sent.size < answered.length) throw new Error('a partition was written twice while brokers changed');
    },
  };
}
