/** How the dashboard shares, keeps and renews what the API has answered. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Answers, createAnswers } from '../../src/web/answers.ts';
import { type Ask, Refused } from '../../src/web/ask.ts';

type Asked = { path: string; signal: AbortSignal; answer: (data: unknown) => Promise<void>; fail: (error: Error) => Promise<void> };

let asked: Asked[];
let page: EventTarget & { hidden: boolean };
let answers: Answers;

/** Until what waits for promises has run. */
const settled = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  page = Object.assign(new EventTarget(), { hidden: false });
  const ask = ((path, { signal } = {}) =>
    new Promise((resolve, reject) => {
      asked.push({
        path,
        signal: signal as AbortSignal,
        answer(data) {
          resolve({ data: data as never, etag: null });
          return settled();
        },
        fail(error) {
          reject(error);
          return settled();
        },
      });
    })) as Ask;
  answers = createAnswers(ask, page as never);
});
afterEach(() => {
  answers.stop();
  vi.useRealTimers();
});

const watch = (path: string, renewed = (): void => {}): (() => void) => answers.watch(path, { kinds: ['data'], everyMs: 4_000, renewed });

it('asks once for all who show the same, and tells each of them', async () => {
  const told: string[] = [];
  watch('/a', () => told.push('one'));
  watch('/a', () => told.push('other'));
  await asked[0]?.answer(1);
  watch('/a');
  expect([asked.length, told, answers.known('/a').data]).toEqual([1, ['one', 'other'], 1]);
});

it('takes what was asked for before anybody wanted it, whether it has come or not', async () => {
  answers.prepare('/a');
  answers.prepare('/b');
  await asked[0]?.answer(1);
  watch('/a');
  watch('/b');
  expect(asked.length).toBe(2);
  // Once it was taken it ages like any other.
  watch('/c')();
  watch('/c');
  expect(asked.map(({ path }) => path)).toEqual(['/a', '/b', '/c']);
});

it('asks again when its figures change, at most as often as is wanted, and never twice at a time', async () => {
  watch('/a');
  await asked[0]?.answer(1);
  answers.changed(['flags']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked.length).toBe(1);
  for (let i = 0; i < 5; i += 1) answers.changed(['data']);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.length).toBe(2);
  // Slow: what changes meanwhile is asked for afterwards, and the answer under way is not given up.
  await vi.advanceTimersByTimeAsync(6_000);
  answers.changed(['data']);
  await vi.advanceTimersByTimeAsync(6_000);
  expect([asked.length, asked[1]?.signal.aborted]).toEqual([2, false]);
  await asked[1]?.answer(2);
  expect([asked.length, answers.known('/a').data]).toEqual([3, 2]);
});

it('keeps what is known through an outage and tries again, but not what was refused', async () => {
  watch('/a');
  watch('/b');
  await asked[0]?.answer(1);
  answers.reload('/a');
  await asked[2]?.fail(new TypeError('fetch failed'));
  await asked[1]?.fail(new Refused(403, { detail: 'no' }));
  expect([answers.known('/a').data, answers.known('/a').error?.message]).toEqual([1, 'fetch failed']);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(asked.slice(3).map(({ path }) => path)).toEqual(['/a']);
  await asked[3]?.answer(2);
  expect(answers.known('/a')).toMatchObject({ data: 2, error: null });
});

it('gives up the answer under way when what was asked for has just been changed', async () => {
  watch('/a');
  answers.reload('/a');
  expect(asked[0]?.signal.aborted).toBe(true);
  await asked[1]?.answer('new');
  await asked[0]?.answer('old');
  expect(answers.known('/a').data).toBe('new');
});

it('asks nothing while nobody looks, and what was missed afterwards', async () => {
  watch('/a');
  await asked[0]?.answer(1);
  page.hidden = true;
  answers.changed(['data']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(1);
  // Something is due in a minute; whoever comes back does not wait for it.
  page.hidden = false;
  answers.watch('/b', { kinds: ['data'], everyMs: 60_000, renewed: () => {} });
  await asked[1]?.answer(1);
  answers.changed(['data']);
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.slice(2).map(({ path }) => path)).toEqual(['/a', '/b']);
});

it('keeps what nobody shows any more for the way back, and not without end', async () => {
  for (let i = 0; i < 100; i += 1) {
    const leave = watch(`/${i}`);
    await asked[i]?.answer(i);
    leave();
  }
  const kept = Array.from({ length: 100 }, (_, i) => answers.known(`/${i}`).data).filter((data) => data !== null);
  expect(kept).toEqual(Array.from({ length: 20 }, (_, i) => 80 + i));
  watch('/99');
  expect(asked.length).toBe(101);
});
