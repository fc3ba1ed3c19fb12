/** What a service imports to state what happened. Trackers return at once and never throw (unless `strict`), whatever is down. */
import { ImpactError } from '../domain/errors.ts';
import type { EventKind, EventOf, FeatureEvent } from '../domain/event.ts';
import { restateEvent, type Stated, stateEvent } from '../domain/statement.ts';
import { createBuffer, type Overflow } from './buffer.ts';
import { createDelivery, type DeliveryOptions } from './delivery.ts';
import { rememberTrace, untraced } from './trace.ts';
import { type Accepted, createTrackers, type Trackers } from './trackers.ts';
import type { Transport } from './transport.ts';
import type { VariantSource } from './variants.ts';

/** `invalid`: never accepted. `dropped`: the buffer was full. `undelivered`: refused, out of time, or still waiting at close. */
export type DeliveryFailure = { reason: 'invalid' | 'dropped' | 'undelivered'; error: ImpactError; events: readonly unknown[] };

export type ImpactClientOptions = Partial<DeliveryOptions> & {
  /** Name of the service that observes, for example lead-router. */
  source: string;
  transport: Transport;
  /** The buffer's bounds. Default 10,000 events and 16 MiB. */
  maxBufferedEvents?: number;
  maxBufferedBytes?: number;
  /** Default drop-oldest. */
  overflow?: Overflow;
  /** Called for whatever does not arrive. What it throws is ignored. */
  onDeliveryError?: (failure: DeliveryFailure) => void;
  /** Trackers throw on invalid arguments besides reporting them: for tests and development. */
  strict?: boolean;
  /** `close` gives up after this, milliseconds. Default 10,000. */
  closeTimeoutMs?: number;
  /** How far ahead of the clock an event time may be, milliseconds. Default 300,000, as in the pipeline. */
  maxFutureMs?: number;
  /** A flag client, asked for the variant of events that are stated without one. A function, for that client may be given this one. */
  variants?: () => VariantSource;
  now?: () => number;
  newId?: () => string;
};

/** `accepted` = `delivered` + `undelivered` + `dropped` + what is still on its way. */
export type ImpactClientCounters = { accepted: number; invalid: number; delivered: number; dropped: number; undelivered: number };

export type ImpactClient = Trackers & {
  /** States an accepted event anew, one revision higher. Its id, tenant, feature and minute stay: they are its identity. */
  correct<K extends EventKind>(event: Readonly<EventOf<K>>, changes: Partial<EventOf<K>>): Accepted<K>;
  /** Takes an accepted event back: it no longer counts anywhere. */
  retract<K extends EventKind>(event: Readonly<EventOf<K>>): Accepted<K>;
  /** Resolves when everything accepted so far is delivered or reported as undelivered. */
  flush(): Promise<void>;
  /** Flushes and releases everything; later statements are dropped. Safe to call twice. */
  close(): Promise<void>;
  counters(): Readonly<ImpactClientCounters>;
  /** Events that wait in the buffer. */
  buffered(): number;
};

const MIB = 1024 * 1024;
const defaults = {
  maxBufferedEvents: 10_000,
  maxBufferedBytes: 16 * MIB,
  overflow: 'drop-oldest' as Overflow,
  maxBatchEvents: 500,
  lingerMs: 20,
  deliveryTimeoutMs: 120_000,
  closeTimeoutMs: 10_000,
  maxFutureMs: 300_000,
  strict: false,
  now: Date.now,
  newId: (): string => crypto.randomUUID(),
};

type Report = (reason: DeliveryFailure['reason'], error: ImpactError, events: readonly unknown[]) => void;

/** Counts, and tells the service. */
function createReport(counters: ImpactClientCounters, tell: ImpactClientOptions['onDeliveryError']): Report {
  return (reason, error, events) => {
    counters[reason] += events.length;
    try {
      tell?.({ reason, error, events });
    } catch {
      // A service's own callback must not stop the delivery of its other events.
    }
  };
}

/** The variant of the unit's experiment, where the caller has left it out. An exposure says its own. */
function withVariant<K extends EventKind>(stated: Stated<K>, variants: ImpactClientOptions['variants']): Stated<K> {
  if (!stated.ok || variants === undefined || stated.event.kind === 'flag-exposures' || stated.event.variant !== null) return stated;
  try {
    const variant = variants().variantOf(stated.event.featureId, stated.event);
    return variant === null ? stated : { ok: true, event: { ...stated.event, variant } as unknown as EventOf<K> };
  } catch {
    // The flag client may not be there yet; the event is true without its variant.
    return stated;
  }
}

/** A client that is ready at once; the transport connects when the first event leaves. */
export function createImpactClient(given: ImpactClientOptions): ImpactClient {
  const options = { ...defaults, ...given };
  const counters: ImpactClientCounters = { accepted: 0, invalid: 0, delivered: 0, dropped: 0, undelivered: 0 };
  const report = createReport(counters, options.onDeliveryError);
  const buffer = createBuffer({ maxEvents: options.maxBufferedEvents, maxBytes: options.maxBufferedBytes, overflow: options.overflow });
  const delivery = createDelivery(buffer, untraced(options.transport), options, {
    delivered: (events) => {
      counters.delivered += events.length;
    },
    failed: (events, error) => report('undelivered', error, events),
  });
  let closed: Promise<void> | undefined;

  function put(event: FeatureEvent): boolean {
    counters.accepted += 1;
    rememberTrace(event);
    const dropped = closed ? [event] : buffer.add(event);
    if (dropped.length > 0)
      report('dropped', new ImpactError('unavailable', closed ? 'the client is closed' : 'the buffer is full'), dropped);
    if (!closed) delivery.wake();
    return !dropped.includes(event);
  }

  function settle<K extends EventKind>(stated: Stated<K>, what: unknown): Accepted<K> {
    if (stated.ok) return put(stated.event as unknown as FeatureEvent) ? stated.event : null;
    report('invalid', stated.error, [what]);
    if (options.strict) throw stated.error;
    return null;
  }

  const limits = () => ({ now: options.now(), maxFutureMs: options.maxFutureMs });
  const base = () => ({ eventId: options.newId(), source: options.source, occurredAt: options.now() });
  const restate = <K extends EventKind>(event: Readonly<EventOf<K>>, changes: object): Accepted<K> =>
    settle(restateEvent<K>(event, changes, limits()), changes);
  return {
    ...createTrackers((kind, what) => settle(withVariant(stateEvent(kind, what, base(), limits()), options.variants), what)),
    correct: restate,
    retract: (event) => restate(event, { retracted: true }),
    flush: delivery.flush,
    close() {
      closed ??= delivery.close(options.closeTimeoutMs).finally(() => options.transport.close());
      return closed;
    },
    counters: () => ({ ...counters }),
    buffered: buffer.count,
  };
}
