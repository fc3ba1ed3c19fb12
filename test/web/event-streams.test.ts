/** Streams of server-sent events: what waits for a client is bounded, and nothing is left of one that has gone. */
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStream } from '../../src/api/event-streams.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A stream with what it says with, and how often it was stopped. */
function opened() {
  const stopped = vi.fn();
  let say = (_: string): void => {};
  const { stream, end } = openStream((given) => {
    say = given;
    return [stopped, stopped];
  });
  return { stream, end, stopped, say: (text: string) => say(text) };
}

it('says how long to wait before coming back, then what there is to say, and that it is alive when there is nothing', () => {
  const { stream, say } = opened();
  say('data: 1\n\n');
  vi.advanceTimersByTime(30_000);
  expect(String(stream.read())).toBe('retry: 2000\n\ndata: 1\n\n:\n\n:\n\n');
  stream.destroy();
});

it('lets a client go that reads nothing while more and more waits for it, and then says nothing more', async () => {
  const { stream, stopped, say } = opened();
  const closed = once(stream, 'close');
  for (let i = 0; i < 100; i += 1) say('x'.repeat(1_000));
  await closed;
  expect([stream.destroyed, stopped.mock.calls.length, vi.getTimerCount()]).toEqual([true, 2, 0]);
  expect(() => say('more')).not.toThrow();
});

it('ends after an hour, so that the token is looked at again, and says nothing after its end', async () => {
  const { stream, stopped, say, end } = opened();
  const ended = once(stream, 'close');
  stream.resume();
  vi.advanceTimersByTime(3_600_000);
  say('data: late\n\n');
  end();
  await ended;
  expect([stream.readableEnded, stopped.mock.calls.length, vi.getTimerCount()]).toEqual([true, 2, 0]);
});
