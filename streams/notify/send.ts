/** Sends what the outbox holds: many receivers at once, none of which can hold up the others. */
import { type Circuit, circuitAfter, closedCircuit, type Outcome, type RetryPolicy, verdictOf } from '../../src/domain/notify/send.ts';
import type { Channel, Database } from '../../src/query/outbox.ts';
import { type Claimed, claim, settle } from '../../src/query/outbox-send.ts';
import type { Failpoint } from '../../src/runtime/failpoint.ts';
import type { Log } from '../../src/runtime/log.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';

/** Sends one message. It never throws for a receiver's sake: what went wrong is its outcome. */
export type Sender = (message: Claimed) => Promise<Outcome>;
export type Senders = Record<Channel, Sender>;

export type SendDeps = {
  log: Log;
  metrics: Metrics;
  failpoint: Failpoint;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  postgres: Database;
  senders: Senders;
  retry: RetryPolicy;
  /** How long a receiver may take, ms. */
  timeoutMs: number;
  /** Told what webhooks answer that want no more. */
  gone: (message: Claimed, error: string) => Promise<void>;
  /** Told when a message is done with for now: the next one of its lane may go. */
  settled: () => void;
};

const CONCURRENCY = 16;
/** Slack takes one message a second in a channel. */
const SPACING_MS: Partial<Record<Channel, number>> = { slack: 1_000 };

const targetOf = ({ channel, target }: Pick<Claimed, 'channel' | 'target'>): string => `${channel}/${target}`;

export type Outbox = {
  /** Takes what is due as far as there is room for it. @returns whether there may be more, and room */
  send(): Promise<boolean>;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
};

/** Receivers that are left alone, and until when; this process's own experience. */
function createPauses(now: () => number) {
  const circuits = new Map<string, Circuit>();
  return {
    current: (): string[] => [...circuits].filter(([, { until }]) => until > now()).map(([target]) => target),
    after(message: Claimed, outcome: Outcome): void {
      const target = targetOf(message);
      const next = circuitAfter(circuits.get(target) ?? closedCircuit, outcome, now());
      const until = Math.max(next.until, now() + (SPACING_MS[message.channel] ?? 0));
      if (next.failures === 0 && until <= now()) circuits.delete(target);
      else circuits.set(target, { ...next, until });
    },
  };
}

const failure = (error: unknown): Outcome => ({
  kind: 'retry',
  status: null,
  error: error instanceof Error ? error.message : String(error),
});

export function createOutbox(deps: SendDeps): Outbox {
  const pauses = createPauses(deps.now);
  const underWay = new Set<Promise<void>>();

  async function attempt(message: Claimed): Promise<void> {
    const startedAt = deps.now();
    deps.failpoint('notify.before-send');
    const outcome = await deps.senders[message.channel](message).catch(failure);
    deps.failpoint('notify.after-send');
    pauses.after(message, outcome);
    const verdict = verdictOf(outcome, message.attempt, deps.retry, deps.random());
    await settle(deps.postgres, { message, outcome, verdict, startedAt, endedAt: deps.now() });
    if (outcome.kind === 'gone') await deps.gone(message, outcome.error);
    report(message, outcome, verdict.state, startedAt);
  }

  function report(message: Claimed, outcome: Outcome, state: string, startedAt: number): void {
    const { key, channel, target, attempt } = message;
    deps.metrics.count('impact_notify_deliveries_total', { channel, outcome: state === 'pending' ? 'retry' : state });
    deps.metrics.observe('impact_notify_delivery_seconds', (deps.now() - startedAt) / 1000, { channel });
    if (outcome.kind === 'sent') deps.log.debug({ key, channel, target, attempt }, 'sent');
    else deps.log.warn({ key, channel, target, attempt, error: outcome.error, state }, 'a message was not taken');
  }

  function begin(message: Claimed): void {
    const work: Promise<void> = attempt(message)
      // Postgres is away: the lease ends by itself, and the message is sent again under the same key.
      .catch((error: unknown) => deps.log.warn({ key: message.key, error: String(error) }, 'what became of a message could not be noted'))
      .finally(() => {
        underWay.delete(work);
        deps.settled();
      });
    underWay.add(work);
  }

  return {
    async send() {
      const room = CONCURRENCY - underWay.size;
      if (room <= 0) return false;
      // Twice the time that a receiver may take: a process that only is slow keeps what it has.
      const claimed = await claim(deps.postgres, deps.now(), 2 * deps.timeoutMs + 5_000, room, pauses.current());
      for (const message of claimed) begin(message);
      return claimed.length > 0;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
