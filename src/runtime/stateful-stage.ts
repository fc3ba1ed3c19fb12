/** Runs a stateful stage: tasks come and go with the assignment, batches and ticks go to their task, failures are waited out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from './backoff.ts';
import type { Failpoint } from './failpoint.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createSilence } from './silence.ts';
import type { RunningStage, StageDeps, StageHealth } from './stage.ts';
import type { BatchOutcome, GroupHandlers, Restore, Stateful, TaskBatch } from './stateful.ts';
import { createTask, type Task } from './task.ts';
import type { Tracer } from './tracer.ts';

export type StatefulStageDeps = StageDeps & {
  stage: string;
  stateful: Stateful;
  restore: Restore;
  tickMs: number;
  failpoint: Failpoint;
  tracer?: Tracer;
};

/** `checked`: topics whose position has been compared with the state since the task was opened. `trouble`: why it does not go on at the moment. */
type Member = {
  task: Task;
  inbox: Inbox;
  checked: Set<string>;
  trouble: string | null;
  ticking: boolean;
  ends: Map<string, bigint>;
  movedAt: number;
};

const ALIVE_MS = 300;
const STUCK_MS = 30_000;
const sourceOf = (topic: string, partition: number): string => `${topic}/${partition}`;

const memberOf = (task: Task, now: number): Member => ({
  task,
  inbox: createInbox(task),
  checked: new Set(),
  trouble: 'restores its state',
  ticking: false,
  ends: new Map(),
  movedAt: now,
});

/** Where the state says to read on, when the group's offset is ahead of it. Asked once: later gaps are transaction markers. */
function detour({ task, checked }: Member, { topic, fetchedFrom }: TaskBatch): bigint | null {
  if (checked.has(topic)) return null;
  checked.add(topic);
  const next = task.next().get(topic);
  return next !== undefined && fetchedFrom > next ? next : null;
}

const isBehind = ({ task, ends }: Member): boolean => [...ends].some(([topic, end]) => (task.next().get(topic) ?? 0n) < end - 1n);

/** Why the member is not ready, if it is not. */
function reasonsOf(member: Member, now: number): string[] {
  const { partition } = member.task;
  if (member.trouble !== null) return [`partition ${partition}: ${member.trouble}`];
  const stuck = isBehind(member) && now - member.movedAt > STUCK_MS;
  return stuck ? [`partition ${partition}: behind, and has not moved for ${STUCK_MS / 1000} s`] : [];
}

/** The membership is over: the cause is Kafka's, and goes back to the consumer, which joins anew. */
class NotAlive extends Error {}

async function stillAlive(alive: () => Promise<void>): Promise<void> {
  await alive().catch((cause: unknown) => {
    throw new NotAlive('the group is rebalancing', { cause });
  });
}

/** Waits for `work`, keeping the membership alive. Rejects as soon as the group rebalances; the work goes on, and is shut out if it lost its task. */
async function whileAlive<T>(work: Promise<T>, alive: () => Promise<void>): Promise<T> {
  work.catch(() => {});
  for (;;) {
    const waiting = new AbortController();
    const timer = sleep(ALIVE_MS, 'timer' as const, { signal: waiting.signal }).catch(() => 'timer' as const);
    const first = await Promise.race([work.then((value) => ({ value })), timer]);
    waiting.abort();
    if (first !== 'timer') return first.value;
    await stillAlive(alive);
  }
}

/** Starts the stage. Resolves when it has been told to join its group; outages are waited out, and `health` says which. */
export async function startStatefulStage(deps: StatefulStageDeps): Promise<RunningStage> {
  const { stage, stateful, log, metrics, now } = deps;
  const members = new Map<number, Member>();
  const silence = createSilence();
  let generation = 0;
  let brokenBy: string | null = 'has not joined its group yet';
  let stopping = false;

  const newMember = (partition: number): Member =>
    memberOf(createTask(partition, stage, stateful.openLedger, deps.restore, deps.failpoint, deps.tracer), now());

  function troubled(member: Member, error: unknown): void {
    member.trouble = (error as Error).message;
    member.checked.clear();
    metrics.count('impact_stateful_failures_total', { stage });
    log.warn({ stage, partition: member.task.partition, error: member.trouble }, 'a step failed; the task starts again from its changelog');
  }

  const current = (member: Member, at: number): boolean => !stopping && at === generation && members.get(member.task.partition) === member;

  /** Opens at once, not with the first record: that shuts out a predecessor that still believes it owns the task. */
  async function open(member: Member, at: number): Promise<void> {
    for (let attempt = 0; current(member, at); attempt++) {
      try {
        await member.task.open();
        member.trouble = null;
        return;
      } catch (error) {
        troubled(member, error);
        await sleep(backoffMs(attempt, Math.random()));
      }
    }
  }

  async function attempt(member: Member, batch: TaskBatch): Promise<BatchOutcome> {
    await member.task.open();
    const offset = detour(member, batch);
    if (offset !== null) return { kind: 'seek', offset };
    const started = performance.now();
    await member.inbox(batch.records);
    metrics.observe('impact_stateful_batch_seconds', (performance.now() - started) / 1000, { stage });
    metrics.count('impact_stateful_records_total', { stage, topic: batch.topic }, batch.records.length);
    member.trouble = null;
    member.movedAt = now();
    return { kind: 'done' };
  }

  async function persist(member: Member, batch: TaskBatch, at: number, alive: () => Promise<void>): Promise<BatchOutcome> {
    for (let tried = 0; current(member, at); tried++) {
      try {
        return await whileAlive(attempt(member, batch), alive);
      } catch (error) {
        if (error instanceof NotAlive) throw error.cause;
        if (current(member, at)) troubled(member, error);
      }
      await whileAlive(sleep(backoffMs(tried, Math.random())), alive).catch((error: Error) => {
        throw error.cause;
      });
    }
    return { kind: 'stale' };
  }

  async function takeBatch(batch: TaskBatch, at: number, alive: () => Promise<void>): Promise<BatchOutcome> {
    const member = members.get(batch.partition);
    if (!member) return { kind: 'stale' };
    silence.heard(sourceOf(batch.topic, batch.partition));
    member.ends.set(batch.topic, batch.end);
    return persist(member, batch, at, alive);
  }

  function assigned(at: number, partitions: readonly number[]): void {
    generation = at;
    brokenBy = null;
    log.info({ stage, generation: at, partitions }, 'partitions assigned');
    for (const [partition, member] of members)
      if (!partitions.includes(partition)) {
        members.delete(partition);
        void member.task.close();
      }
    for (const partition of partitions) {
      const member = members.get(partition) ?? newMember(partition);
      members.set(partition, member);
      // The group's offsets are read again with each generation.
      member.checked.clear();
      void open(member, at);
    }
  }

  async function tick(member: Member): Promise<void> {
    if (member.trouble !== null || member.ticking || stopping) return;
    const { task } = member;
    member.ticking = true;
    await task.tick({ now: now(), silentMs: (topic) => silence.silentMs(sourceOf(topic, task.partition)) }).catch((error: unknown) => {
      troubled(member, error);
      void open(member, generation);
    });
    member.ticking = false;
  }

  function health(): StageHealth {
    const reasons = [...members.values()].flatMap((member) => reasonsOf(member, now()));
    if (brokenBy !== null) reasons.push(brokenBy);
    return { ready: reasons.length === 0, reasons };
  }

  const handlers: GroupHandlers = {
    assigned,
    batch: takeBatch,
    fetched: () => silence.fetched(performance.now()),
    broken(error) {
      brokenBy = error.message;
    },
  };
  const timer = setInterval(() => {
    for (const member of members.values()) void tick(member);
  }, deps.tickMs);
  await stateful.start(handlers);

  let stopped: Promise<void> | null = null;
  async function stop(): Promise<void> {
    stopping = true;
    clearInterval(timer);
    await stateful.stop();
    await Promise.all([...members.values()].map(({ task }) => task.close()));
  }
  return {
    name: stage,
    health,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
