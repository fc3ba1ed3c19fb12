/** A consumer that survives every outage: what kafkajs gives up is closed and made anew, until it is stopped. */
import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import { noLongerThan } from '../../runtime/patience.ts';

/** kafkajs would start a broken consumer again by itself, and go on with that after it has been told to stop: so it must not. */
export const oneLife = { initialRetryTime: 100, maxRetryTime: 2000, retries: 5, restartOnFailure: async (): Promise<boolean> => false };

export type Lives = {
  /** Resolves when the first life has begun, or has failed and the next one will be tried. */
  start(): Promise<void>;
  consumer(): Consumer;
  stop(): Promise<void>;
};

export type LivesOptions = {
  make: () => Consumer;
  topics: readonly string[];
  /** Listens to a new consumer, and says how it is run. */
  run: (consumer: Consumer) => ConsumerRunConfig;
  broke: (error: Error) => void;
  restartMs: number;
};

const FAREWELL_MS = 5_000;

/** Waits for what should end in an orderly way, and whether it fails or not; but where nobody answers it is not waited for longer than a few seconds. */
export async function farewell(ending: Promise<unknown>): Promise<void> {
  await noLongerThan(
    FAREWELL_MS,
    ending.catch(() => {}),
  );
}

const leave = (consumer: Consumer): Promise<void> => farewell(consumer.disconnect());

/** Nothing has connected before `start`. */
export function createLives({ make, topics, run, broke, restartMs }: LivesOptions): Lives {
  let consumer = make();
  let stopped = false;

  async function live(own: Consumer): Promise<void> {
    const config = run(own);
    const steps = [() => own.connect(), () => own.subscribe({ topics: [...topics], fromBeginning: true }), () => own.run(config)];
    for (const step of steps) if (!stopped) await step();
    // What was under way when it was told to stop may have connected since.
    if (stopped) await leave(own);
  }

  async function begin(): Promise<void> {
    const own = consumer;
    let ended = false;
    const again = (error: Error): void => {
      if (ended || stopped) return;
      ended = true;
      broke(error);
      setTimeout(() => void renew(), restartMs).unref();
    };
    own.on(own.events.CRASH, ({ payload }) => again(payload.error));
    await live(own).catch(again);
  }

  async function renew(): Promise<void> {
    await leave(consumer);
    if (stopped) return;
    consumer = make();
    await begin();
  }

  return {
    start: begin,
    consumer: () => consumer,
    async stop() {
      stopped = true;
      await leave(consumer);
    },
  };
}
