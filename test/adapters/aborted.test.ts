import { describe, expect, it } from 'vitest';
import { markAborted } from '../../src/adapters/kafka/aborted.ts';

const record = (offset: number, producerId: string) => ({
  offset: String(offset),
  key: Buffer.from('k'),
  batchContext: { producerId, inTransaction: true },
});
const marker = (offset: number, producerId: string, commit: boolean) => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, commit ? 1 : 0]),
  isControlRecord: true,
});
const begun = (producerId: string, firstOffset: number) => ({ producerId, firstOffset: String(firstOffset) });

function left(
  messages: (ReturnType<typeof record> & { isControlRecord?: boolean })[],
  abortedTransactions: ReturnType<typeof begun>[],
): number[] {
  const partition = { messages, abortedTransactions };
  markAborted(partition);
  expect(partition.abortedTransactions).toEqual([]);
  return partition.messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));
}

describe('records of aborted transactions', () => {
  it('are left out when several transactions had begun before the fetch', () => {
    expect(
      left(
        [record(12, 'b'), record(13, 'a'), marker(14, 'a', false), marker(15, 'b', false), record(16, 'a'), marker(17, 'a', true)],
        [begun('a', 10), begun('b', 11)],
      ),
    ).toEqual([16]);
  });

  it('are left out in whatever order the broker lists the transactions', () => {
    const messages = () => [record(1, 'a'), record(2, 'b'), marker(3, 'b', false), record(4, 'c'), marker(5, 'a', false)];
    expect(left(messages(), [begun('b', 2), begun('a', 1)])).toEqual([4]);
    expect(left(messages(), [begun('a', 1), begun('b', 2)])).toEqual([4]);
  });

  it('are those of the aborted transaction only, not of its producer for ever', () => {
    const messages = [record(1, 'a'), marker(2, 'a', false), record(3, 'a'), marker(4, 'a', true), record(5, 'a'), marker(6, 'a', false)];
    expect(left(messages, [begun('a', 1), begun('a', 5)])).toEqual([3]);
  });

  it('are none where nothing was aborted, and records outside transactions stay', () => {
    expect(left([record(1, 'a'), marker(2, 'a', true)], [])).toEqual([1]);
    expect(left([{ ...record(1, 'a'), batchContext: { producerId: 'a', inTransaction: false } }], [begun('a', 0)])).toEqual([1]);
  });
});
