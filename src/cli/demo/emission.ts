/** What the demonstration sends, and the books it keeps of it. */
import type { FeatureEvent } from '../../domain/event.ts';
import { generateEvents } from '../../domain/generate.ts';
import { createTotals, type Totals } from '../../domain/totals.ts';
import type { Context } from '../context.ts';
import { emitLive } from '../live.ts';
import { whole } from '../money.ts';
import { withProgress } from '../progress.ts';
import { createSender, type Sender, sendAll } from '../send.ts';
import type { System } from '../system.ts';
import { historyScenario, historyStart, type Timeline, timelineOf } from './timeline.ts';

/** The history, sent. */
export type Past = {
  sender: Sender;
  totals: Totals /** First moment, and the one after the last, milliseconds since 1970. */;
  from: number;
  to: number;
  seed: number;
};

/** The live part, going on. Rejects `failed` when sending fails. */
export type Live = {
  totals: Totals;
  from: number;
  liveFrom: number;
  timeline: Timeline;
  /** Ends the live part for now; what is on its way is acknowledged first. */
  pause(): Promise<void>;
  /** Goes on where `pause` ended, so that nothing is left out. */
  resume(): void;
  failed: Promise<never>;
};

async function sendHistory(context: Context, sender: Sender, totals: Totals, seed: number, from: number, to: number): Promise<void> {
  const started = context.now();
  const book = (batch: readonly FeatureEvent[]): void => batch.forEach(totals.add);
  const rate = (): string => `${whole((totals.events() / Math.max(1, context.now() - started)) * 1000)} events/s`;
  await withProgress(
    context,
    'sending the history',
    (progress) =>
      sendAll(sender, generateEvents(historyScenario(seed), from, to), (batch) => {
        context.signal.throwIfAborted();
        book(batch);
        progress.update(`${whole(totals.events())} events, ${rate()}`);
      }),
    () => `history of ${Math.round((to - from) / 86_400_000)} days sent: ${whole(totals.events())} events, ${rate()}`,
  );
}

/** Sends the back-history. */
export async function sendPast(context: Context, system: System, options: { days: number; seed: number }): Promise<Past> {
  const totals = createTotals();
  const sender = await createSender(system);
  const to = context.now();
  const from = historyStart(to, options.days);
  await sendHistory(context, sender, totals, options.seed, from, to);
  return { sender, totals, from, to, seed: options.seed };
}

/** Starts the live part, which goes on until `pause`. */
export async function startLive(context: Context, { sender, totals, from, to, seed }: Past): Promise<Live> {
  const liveFrom = context.now();
  const onSent = (batch: readonly FeatureEvent[]): void => batch.forEach(totals.add);
  // What happened since the history was made, so that there is no hole in it.
  await sendAll(sender, generateEvents(historyScenario(seed), to, liveFrom), onSent);
  const timeline = timelineOf(seed, liveFrom);
  let stopping = new AbortController();
  let reached = liveFrom;
  let live: Promise<void> = Promise.resolve();
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const resume = (): void => {
    stopping = new AbortController();
    const emitting = emitLive(sender, {
      scenario: timeline.live,
      from: reached,
      until: null,
      signal: stopping.signal,
      now: context.now,
      onSent,
    });
    live = emitting.then(
      (end) => {
        reached = end;
      },
      (error: Error) => fail(error),
    );
  };
  const pause = (): Promise<void> => {
    stopping.abort();
    return live;
  };
  resume();
  return { totals, from, liveFrom, timeline, pause, resume, failed };
}
