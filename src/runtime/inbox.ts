/** Gathers what arrives while a task is busy, so that the batches of several topics share one transaction. */
import type { TaskRecord } from './stateful.ts';
import type { Task } from './task.ts';

type Waiting = { records: readonly TaskRecord[]; resolve: () => void; reject: (error: unknown) => void };

/** Resolves when the records have been committed. Records of one topic must not be put in again before that. */
export type Inbox = (records: readonly TaskRecord[]) => Promise<void>;

export function createInbox(task: Pick<Task, 'process'>): Inbox {
  let waiting: Waiting[] = [];
  let busy = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const taken = waiting;
      waiting = [];
      try {
        await task.process(taken.flatMap(({ records }) => records));
        for (const one of taken) one.resolve();
      } catch (error) {
        for (const one of taken) one.reject(error);
      }
    }
    busy = false;
  }

  return (records) =>
    new Promise((resolve, reject) => {
      waiting.push({ records, resolve, reject });
      if (busy) return;
      busy = true;
      // The other batches of the same fetch arrive in this turn of the loop.
      setImmediate(() => void drain());
    });
}
