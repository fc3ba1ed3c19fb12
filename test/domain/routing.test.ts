import { describe, expect, it } from 'vitest';
import { createRouting } from '../../src/domain/routing.ts';

const [a, b, c] = [{ key: 'a' }, { key: 'b' }, { key: null }];
const batches = [{ topic: 'events', messages: [a, b, c] }];

function routed() {
  const routing = createRouting();
  [a, b, c].forEach((message, partition) => {
    routing.route({ message }, () => partition);
  });
  return routing;
}

const ack = (...partitions: number[]) => partitions.map((partition) => ({ topicName: 'events', partition }));

describe('the routing of messages', () => {
  it('keeps a message at the partition of its first attempt', () => {
    const routing = routed();
    expect(routing.route({ message: c }, () => 0)).toBe(2);
  });

  it('is content when every partition has acknowledged once', () => {
    expect(() => routed().verify(batches, ack(2, 0, 1))).not.toThrow();
    expect(() => routed().verify([], [])).not.toThrow();
  });

  it('tells of a partition that has not acknowledged', () => {
    expect(() => routed().verify(batches, ack(0, 2))).toThrow('no acknowledgement from events/1');
    expect(() => routed().verify([{ topic: 'others', messages: [a] }], ack(0))).toThrow('no acknowledgement from others/0');
  });

  it('tells of a partition that was written twice', () => {
    expect(() => routed().verify(batches, ack(0, 1, 2, 1))).toThrow('twice');
  });
});
