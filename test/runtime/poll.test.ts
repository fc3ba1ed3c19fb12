import { afterEach, describe, expect, it, vi } from 'vitest';
import { poll } from '../../src/runtime/poll.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const settle = () => vi.advanceTimersByTimeAsync(0);
afterEach(() => vi.useRealTimers());

describe('work that is looked for', () => {
  it('is done at once, then after each pause, and as long as there may be more', async () => {
    vi.useFakeTimers();
    const answers = [true, true, false];
    const work = vi.fn(async () => answers.shift() ?? false);
    const polling = poll('work', work, 1_000, log);
    await settle();
    expect(work).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work).toHaveBeenCalledTimes(4);
    await polling.end();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(work).toHaveBeenCalledTimes(4);
  });

  it('is done without a pause when it is nudged, once more when it is under way', async () => {
    vi.useFakeTimers();
    const releases: (() => void)[] = [];
    const work = vi.fn(() => new Promise<boolean>((resolve) => releases.push(() => resolve(false))));
    const polling = poll('work', work, 1_000, log);
    polling.nudge();
    polling.nudge();
    expect(work).toHaveBeenCalledTimes(1);
    releases[0]?.();
    await settle();
    expect(work).toHaveBeenCalledTimes(2);
    releases[1]?.();
    await settle();
    polling.nudge();
    expect(work).toHaveBeenCalledTimes(3);
    const ended = polling.end();
    polling.nudge();
    releases[2]?.();
    await ended;
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('goes on after a failure, which is logged', async () => {
    vi.useFakeTimers();
    const work = vi.fn(async () => Promise.reject(new Error('away')));
    const polling = poll('looking', work, 500, log);
    await vi.advanceTimersByTimeAsync(500);
    expect(work).toHaveBeenCalledTimes(2);
    expect(log.warn).toHaveBeenCalledWith({ error: 'Error: away' }, 'looking: not possible now, trying again');
    await polling.end();
  });
});
