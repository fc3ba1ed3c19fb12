import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFlusher } from '../../src/runtime/flusher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function harness() {
  const state = { filling: 0, since: 0, flushed: [] as number[], finish: () => {} };
  const wait = (): number | null => (state.filling === 0 ? null : state.filling >= 3 ? 0 : state.since + 100 - Date.now());
  const take = (): number | null => {
    const due = wait();
    if (due === null || due > 0) return null;
    const batch = state.filling;
    state.filling = 0;
    return batch;
  };
  const flusher = createFlusher(take, wait, (batch) => {
    state.flushed.push(batch);
    return new Promise<void>((resolve) => {
      state.finish = resolve;
    });
  });
  const add = (count: number): void => {
    if (state.filling === 0) state.since = Date.now();
    state.filling += count;
    flusher.kick();
  };
  return { state, flusher, add };
}

describe('the flusher', () => {
  it('flushes a full batch at once, and an old one in time', async () => {
    const { state, add } = harness();
    add(3);
    expect(state.flushed).toEqual([3]);
    state.finish();
    await vi.advanceTimersByTimeAsync(0);
    add(1);
    await vi.advanceTimersByTimeAsync(99);
    expect(state.flushed).toEqual([3]);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.flushed).toEqual([3, 1]);
  });

  it('has one flush in flight, and takes what came meanwhile right after it', async () => {
    const { state, flusher, add } = harness();
    add(3);
    add(5);
    expect(state.flushed).toEqual([3]);
    const settled = vi.fn();
    void flusher.settled().then(settled);
    await vi.advanceTimersByTimeAsync(500);
    expect(settled).not.toHaveBeenCalled();
    state.finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toHaveBeenCalled();
    expect(state.flushed).toEqual([3, 5]);
  });

  it('starts nothing after it was stopped', async () => {
    const { state, flusher, add } = harness();
    add(1);
    flusher.stop();
    add(5);
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.flushed).toEqual([]);
  });
});
