import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFlusher } from '../../src/runtime/flusher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Ending = { inserted: (batch: number | null) => void; finished: () => void };

/** A batch is a number of rows: three make it due, or 100 ms. */
function harness() {
  const state = { filling: 0, since: 0, log: [] as string[] };
  const end: Ending = { inserted: () => {}, finished: () => {} };
  const delayMs = (): number | null => (state.filling === 0 ? null : state.filling >= 3 ? 0 : state.since + 100 - Date.now());
  const take = (full: boolean): number | null => {
    const due = delayMs();
    if (due === null || due > 0 || (full && state.filling < 3)) return null;
    const batch = state.filling;
    state.filling = 0;
    return batch;
  };
  const flusher = createFlusher<number, number>({
    take,
    delayMs,
    insert(batch) {
      state.log.push(`insert ${batch}`);
      return new Promise((resolve) => {
        end.inserted = (inserted) => resolve(inserted);
      });
    },
    finish(inserted) {
      state.log.push(`finish ${inserted.join(' ')}`);
      return new Promise((resolve) => {
        end.finished = resolve;
      });
    },
  });
  const add = (count: number): void => {
    if (state.filling === 0) state.since = Date.now();
    state.filling += count;
    flusher.kick();
  };
  const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  return {
    log: state.log,
    flusher,
    add,
    async inserted(batch: number | null) {
      end.inserted(batch);
      await soon();
    },
    async finished() {
      end.finished();
      await soon();
    },
  };
}

describe('the flusher', () => {
  it('inserts a full batch at once and an old one in time, and finishes what is inserted', async () => {
    const { log, add, inserted, finished } = harness();
    add(3);
    expect(log).toEqual(['insert 3']);
    await inserted(3);
    expect(log).toEqual(['insert 3', 'finish 3']);
    await finished();
    add(1);
    await vi.advanceTimersByTimeAsync(99);
    expect(log).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(['insert 3', 'finish 3', 'insert 1']);
  });

  it('inserts one batch at a time', async () => {
    const { log, add, inserted } = harness();
    add(3);
    add(5);
    expect(log).toEqual(['insert 3']);
    await inserted(3);
    expect(log).toEqual(['insert 3', 'finish 3', 'insert 5']);
  });

  it('inserts while it finishes, and finishes together what was inserted meanwhile', async () => {
    const { log, add, inserted, finished } = harness();
    for (const batch of [3, 4, 5]) {
      add(batch);
      await inserted(batch);
    }
    expect(log).toEqual(['insert 3', 'finish 3', 'insert 4', 'insert 5']);
    await finished();
    expect(log.at(-1)).toBe('finish 4 5');
  });

  it('gathers while it finishes, as long as there is room', async () => {
    const { log, add, inserted, finished } = harness();
    add(3);
    await inserted(3);
    add(1);
    await vi.advanceTimersByTimeAsync(1000);
    add(1);
    expect(log).toEqual(['insert 3', 'finish 3']);
    await finished();
    expect(log.at(-1)).toBe('insert 2');
  });

  it('lets no more than eight batches wait to be finished', async () => {
    const { log, add, inserted, finished } = harness();
    for (let batch = 3; batch < 20; batch++) {
      add(batch);
      await inserted(batch);
    }
    expect(log.filter((line) => line.startsWith('insert'))).toHaveLength(9);
    await finished();
    expect(log.at(-2)).toBe('finish 4 5 6 7 8 9 10 11');
    expect(log.at(-1)).toMatch(/^insert \d+$/);
  });

  it('goes on after a batch that was given up', async () => {
    const { log, add, inserted } = harness();
    add(3);
    add(4);
    await inserted(null);
    await inserted(4);
    expect(log).toEqual(['insert 3', 'insert 4', 'finish 4']);
  });

  it('tells when a half has ended', async () => {
    const { flusher, add, inserted } = harness();
    await flusher.moved();
    add(3);
    const moved = vi.fn();
    void flusher.moved().then(moved);
    await vi.advanceTimersByTimeAsync(500);
    expect(moved).not.toHaveBeenCalled();
    await inserted(3);
    expect(moved).toHaveBeenCalled();
  });

  it('stops when what it has taken is finished, and takes nothing more', async () => {
    const { log, flusher, add, inserted, finished } = harness();
    add(3);
    const stopped = vi.fn();
    void flusher.stop().then(stopped);
    add(5);
    await inserted(3);
    expect(stopped).not.toHaveBeenCalled();
    await finished();
    await vi.advanceTimersByTimeAsync(1000);
    expect(stopped).toHaveBeenCalled();
    expect(log).toEqual(['insert 3', 'finish 3']);
  });
});
