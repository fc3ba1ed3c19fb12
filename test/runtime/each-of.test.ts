import { expect, it } from 'vitest';
import { eachOf } from '../../src/runtime/each-of.ts';

type Deferred = { resolve(): void; reject(error: Error): void };

/** Work that ends when it is told to. */
function held() {
  const under = new Map<number, Deferred>();
  const begun: number[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    return new Promise((resolve, reject) => under.set(item, { resolve, reject }));
  };
  return { begun, under, work };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('has as many under way as it may, in order, and begins another when one ends', async () => {
  const { begun, under, work } = held();
  const all = eachOf([1, 2, 3], 2, work);
  await turn();
  expect(begun).toEqual([1, 2]);
  under.get(2)?.resolve();
  await turn();
  expect(begun).toEqual([1, 2, 3]);
  under.get(1)?.resolve();
  under.get(3)?.resolve();
  await all;
});

it('begins nothing after a failure, and throws it when what was under way has ended', async () => {
  const { begun, under, work } = held();
  let thrown: unknown;
  const all = eachOf([1, 2, 3, 4], 2, work).catch((error: unknown) => {
    thrown = error;
  });
  await turn();
  under.get(1)?.reject(new Error('refused'));
  await turn();
  expect(thrown).toBeUndefined();
  under.get(2)?.resolve();
  await all;
  expect(thrown).toEqual(new Error('refused'));
  expect(begun).toEqual([1, 2]);
});

it('has nothing to do for no items', async () => {
  await eachOf([], 3, () => Promise.reject(new Error('never')));
});
