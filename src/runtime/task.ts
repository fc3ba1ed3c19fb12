/** One task: takes records and ticks one after the other, each in one transaction with the state that follows from it. */
import { batchSpan, carrying, countByTopic } from './batch-span.ts';
import type { Failpoint } from './failpoint.ts';
import type { Ledger, OpenLedger, Processor, Restore, TaskRecord, TickContext, Work } from './stateful.ts';
import { linksOf } from './trace-links.ts';
import { inSpan, noTracer, type Tracer } from './tracer.ts';

/** State key of the offsets, which stand beside the state so that the two can never disagree. */
const META_KEY = '__meta';

type Open = { ledger: Ledger; processor: Processor; next: Map<string, bigint> };

export type Task = {
  readonly partition: number;
  /** Next offset to read by topic, as committed; topics that were never read are missing. */
  next(): ReadonlyMap<string, bigint>;
  /** Restores the state if need be. */
  open(): Promise<void>;
  /**
   * Processes records of any of the task's topics, each topic's in order. Those below `next` have been processed already and are left out.
   * @throws what the ledger or the processor throws; nothing has happened then, or it turns out to have happened when the task is opened again
   */
  process(records: readonly TaskRecord[]): Promise<void>;
  tick(context: Omit<TickContext, 'next'>): Promise<void>;
  /** Lets go of the changelog. The task can be opened again. */
  close(): Promise<void>;
};

const metaText = (next: ReadonlyMap<string, bigint>): string => JSON.stringify([...next].map(([topic, offset]) => [topic, String(offset)]));
const metaOf = (text: string | undefined): Map<string, bigint> =>
  new Map((JSON.parse(text ?? '[]') as [string, string][]).map(([topic, offset]) => [topic, BigInt(offset)]));

function nextAfter(next: ReadonlyMap<string, bigint>, records: readonly TaskRecord[]): Map<string, bigint> {
  const after = new Map(next);
  for (const { topic, offset } of records) after.set(topic, offset + 1n);
  return after;
}

/** Runs one piece of work after the other, whatever became of the one before. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
}

/** A transaction is one span, whose trace goes along with what it says, unless that brings one of its own. */
function traced(tracer: Tracer, stage: string, records: readonly TaskRecord[], work: () => Promise<void>): Promise<void> {
  if (!tracer.enabled) return work();
  const [name, options] = batchSpan(stage, countByTopic(records), linksOf(records));
  return inSpan(tracer, name, options, work);
}

/**
 * @param stage prefix of the failpoints
 */
export function createTask(
  partition: number,
  stage: string,
  openLedger: OpenLedger,
  restore: Restore,
  failpoint: Failpoint,
  tracer: Tracer = noTracer,
): Task {
  let current: Open | null = null;
  const queue = oneAtATime();

  async function opened(): Promise<Open> {
    if (current) return current;
    failpoint(`${stage}.1-before-open`);
    const ledger = await openLedger(partition);
    failpoint(`${stage}.3-after-restore`);
    const entries = new Map(ledger.entries);
    const next = metaOf(entries.get(META_KEY));
    entries.delete(META_KEY);
    current = { ledger, processor: restore(partition, entries), next };
    return current;
  }

  /** Memory that is ahead of the changelog never survives: on any error it goes, together with the producer. */
  async function discard(): Promise<void> {
    const broken = current;
    current = null;
    await broken?.ledger.close().catch(() => {});
  }

  async function commit(open: Open, work: Work, next: Map<string, bigint>): Promise<void> {
    const state = new Map(work.state).set(META_KEY, metaText(next));
    await open.ledger.commit({ state, outputs: carrying(work.outputs, tracer.active().context()), offsets: next });
    open.next = next;
    failpoint(`${stage}.7-after-commit`);
  }

  async function attempt(step: (open: Open) => Promise<void>): Promise<void> {
    try {
      await step(await opened());
    } catch (error) {
      await discard();
      throw error;
    }
  }

  async function processNow(open: Open, records: readonly TaskRecord[]): Promise<void> {
    const fresh = records.filter(({ topic, offset }) => offset >= (open.next.get(topic) ?? 0n));
    if (fresh.length === 0) return;
    await traced(tracer, stage, fresh, async () => {
      await open.processor.prepare(fresh);
      await commit(open, open.processor.process(fresh), nextAfter(open.next, fresh));
    });
  }

  async function tickNow(open: Open, context: Omit<TickContext, 'next'>): Promise<void> {
    const work = open.processor.tick({ ...context, next: open.next });
    if (work.state.size > 0 || work.outputs.length > 0) await traced(tracer, stage, [], () => commit(open, work, open.next));
  }

  return {
    partition,
    next: () => current?.next ?? new Map(),
    open: () => queue(() => attempt(async () => {})),
    process: (records) => queue(() => attempt((open) => processNow(open, records))),
    tick: (context) => queue(() => attempt((open) => tickNow(open, context))),
    close: () => queue(discard),
  };
}
