/** A hard day for the store, the same one every time: duplicates, corrections, retractions, conflicts, late and bad records among good ones. */
import type { EventKind } from '../../src/domain/event.ts';
import { validRecord } from './events.ts';
import type { Sent } from './store.ts';

/** A small generator of repeatable randomness (mulberry32): the same seed gives the same numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const kinds: EventKind[] = ['lead-intelligence', 'custom-metrics', 'request-telemetry', 'churn-prevention'];

/** Every value is a multiple of a quarter, so that sums of floats are exact in whatever order they are made. */
function valuesOf(kind: EventKind, quarters: number): Record<string, unknown> {
  if (kind === 'lead-intelligence')
    return { responseTimeSeconds: quarters / 4, scoringLatencyMs: quarters % 3 === 0 ? null : quarters / 4 };
  if (kind === 'custom-metrics') return { metric: `m${quarters % 2}`, value: quarters / 4, valueUsd: quarters / 4 };
  if (kind === 'request-telemetry') return { latencyMs: quarters / 4, ok: quarters % 5 !== 0 };
  return { churned: quarters % 2 === 0, interventionStage: 1 + (quarters % 3), riskScore: 0.5 };
}

export type LoadOptions = { seed: number; count: number; from: number; partitions: number };

/** `from`: start of the events' two hours, milliseconds. Record timestamps are set, so that two runs give the same versions. */
export function hardLoad({ seed, count, from, partitions }: LoadOptions): Sent[] {
  const random = randomOf(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const sent: Sent[] = [];
  for (let n = 0; n < count; n++) {
    const again = n > 10 && random() < 0.25;
    const id = again ? pick(n) : n;
    const kind = kinds[id % kinds.length] as EventKind;
    const changes = {
      eventId: `00000000-0000-4000-8000-${String(seed * 1_000_000 + id).padStart(12, '0')}`,
      tenantId: `tenant${id % 3}`,
      occurredAt: from + ((id * 7919) % 7_200_000),
      userId: `user${pick(40)}`,
      variant: ['control', 'treatment', null][pick(3)],
      revision: again ? pick(4) : 0,
      retracted: again && random() < 0.3,
      ...valuesOf(kind, pick(1000)),
      ...(random() < 0.01 ? { occurredAt: from - 400 * 86_400_000 } : {}),
      ...(random() < 0.01 ? { source: '' } : {}),
    };
    sent.push({ kind, record: validRecord(kind, changes), partition: pick(partitions), at: from + n });
  }
  return sent;
}
