/** From the buffer to the transport: one batch at a time and in order, tried again through outages, split around what is refused. */
import { type ErrorCode, ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import type { EventBuffer } from './buffer.ts';
import type { Transport } from './transport.ts';

export type DeliveryOptions = {
  maxBatchEvents: number;
  /** An event waits at most this long for others to share its batch, milliseconds. */
  lingerMs: number;
  /** A batch is tried again for this long, milliseconds. */
  deliveryTimeoutMs: number;
};

export type Delivery = {
  /** Something was added to the buffer. Returns at once. */
  wake(): void;
  /** Resolves when nothing of what was in the buffer, or on its way, is undecided. */
  flush(): Promise<void>;
  /** The same, but gives up on what is left after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
};

type Settle = { delivered(events: readonly FeatureEvent[]): void; failed(events: readonly FeatureEvent[], error: ImpactError): void };

const blamesEvents: ReadonlySet<ErrorCode> = new Set(['bad_request', 'forbidden', 'unprocessable', 'payload_too_large']);
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

const asImpactError = (error: unknown): ImpactError =>
  error instanceof ImpactError
    ? error
    : new ImpactError('unavailable', error instanceof Error ? error.message : String(error), { cause: error });

/** Rejects as soon as `signal` aborts; what was running is left to itself. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a batch until it is acknowledged, refused, out of time, or the client closes. @throws ImpactError */
async function sendPatiently(transport: Transport, batch: readonly FeatureEvent[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await unlessAborted(transport.send(batch), signal);
    } catch (error) {
      const known = asImpactError(error);
      const hopeless = blamesEvents.has(known.code) || signal.aborted || performance.now() + waitMs - started > timeoutMs;
      if (hopeless) throw known;
    }
    await unlessAborted(pause(waitMs), signal);
  }
}

/** One refused event must not cost the others of its batch, so a refused batch is halved until it is found. */
async function deliver(
  batch: readonly FeatureEvent[],
  send: (events: readonly FeatureEvent[]) => Promise<void>,
  settle: Settle,
): Promise<void> {
  try {
    await send(batch);
    settle.delivered(batch);
  } catch (error) {
    const known = asImpactError(error);
    if (batch.length === 1 || !blamesEvents.has(known.code)) return settle.failed(batch, known);
    const middle = batch.length >> 1;
    await deliver(batch.slice(0, middle), send, settle);
    await deliver(batch.slice(middle), send, settle);
  }
}

/** A delivery that starts by itself when it is woken. */
export function createDelivery(buffer: EventBuffer, transport: Transport, options: DeliveryOptions, settle: Settle): Delivery {
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const send = (events: readonly FeatureEvent[]): Promise<void> =>
    sendPatiently(transport, events, options.deliveryTimeoutMs, closing.signal);
  const drain = async (): Promise<void> => {
    // The caller of a tracker is never made to wait, not even for the encoding of a batch.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = buffer.take(options.maxBatchEvents); batch.length > 0; batch = buffer.take(options.maxBatchEvents)) {
      await deliver(batch, send, settle);
    }
    // In the same breath as the last look at the buffer: whatever comes after that must start anew.
    running = undefined;
  };
  const start = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain();
    return running;
  };
  return {
    wake() {
      if (running) return;
      if (buffer.count() >= options.maxBatchEvents) void start();
      else timer ??= setTimeout(() => void start(), options.lingerMs);
    },
    flush: start,
    async close(timeoutMs) {
      const late = setTimeout(
        () => closing.abort(new ImpactError('unavailable', 'the client was closed before Kafka took this')),
        timeoutMs,
      );
      await start().finally(() => clearTimeout(late));
    },
  };
}
