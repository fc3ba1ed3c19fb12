/**
 * Changing flags. Redis decides: a change takes effect there, at once and for everybody, or not at all. The same script queues it for
 * Postgres (copy and audit), and Postgres queues it for the topic, so whoever dies in between leaves it to the next one.
 */
import { ImpactError } from '../../domain/errors.ts';
import { type Author, changeOf, type FlagChange, movedUnits, sameDefinition } from '../../domain/flags/change.ts';
import { definitionOf, type Flag, type FlagDefinition, type FlagDocument, flagDocument } from '../../domain/flags/flag.ts';
import { type Json, sameJson } from '../../domain/flags/json.ts';
import { becomeTeller, type Database, durableFlags, flagHistory, markTold, recordChange, untoldChanges } from '../flags.ts';

type Copy = { revision: string; flags: readonly Flag[]; unreadable: readonly string[]; versions: ReadonlyMap<string, number> };
type Step = { id: string; from: number; exists: boolean; document: FlagDocument | null; change: FlagChange };
type Durable = { id: string; version: number; document: FlagDocument | null };

/** What this needs of Redis; `adapters/redis-flags.ts` has it. */
export type Keyspace = {
  read(): Promise<Copy | null>;
  get(id: string): Promise<{ flag: Flag | null; version: number } | null>;
  change(step: Step): Promise<'changed' | 'conflict' | 'empty'>;
  restore(flags: readonly Durable[], epoch: string): Promise<number>;
  pending(): Promise<{ change: FlagChange; settled(): Promise<void> }[]>;
  touch(): Promise<void>;
};

export type FlagStoreDeps = {
  keyspace: Keyspace;
  postgres: Database & { transaction<T>(work: (sql: Database) => Promise<T>): Promise<T> };
  /** Resolves when the topic has acknowledged all of these, in this order. */
  tell(changes: readonly FlagChange[]): Promise<void>;
  /** What could not be recorded or told yet; it will be. */
  onDelay(what: string, error: unknown): void;
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
};

/** `expectedVersion`: the version that the change is based on; null changes whatever there is. */
export type FlagStore = {
  list(): Promise<{ revision: string; flags: readonly Flag[] }>;
  get(id: string): Promise<Flag | null>;
  /** @throws ImpactError `conflict` when the id is taken */
  create(definition: FlagDefinition, author: Author): Promise<Flag>;
  /**
   * `edit` answers what the flag shall be; it may be asked again when somebody else was quicker.
   * @throws ImpactError `not_found`; `precondition_failed` when it is at another version; `unprocessable` when it would move units of a running rollout
   */
  update(id: string, edit: (flag: Flag) => FlagDefinition, expectedVersion: number | null, author: Author): Promise<Flag>;
  setArchived(id: string, archived: boolean, expectedVersion: number | null, author: Author): Promise<Flag>;
  /** Deletes; the history stays. */
  remove(id: string, expectedVersion: number | null, author: Author): Promise<void>;
  /** Every change of a flag, the last one first; also of a deleted one. */
  history(id: string): Promise<FlagChange[]>;
  /** Records and tells what waits for it. @throws when Redis, Postgres or Kafka is away; what waits goes on waiting */
  flush(): Promise<void>;
  /** Fills Redis from Postgres where Redis has less, postpones its expiry, and flushes. To be repeated every few seconds by somebody. */
  keep(): Promise<void>;
};

type Edit = (flag: Flag | null, version: number) => Flag | null;

const MAX_ATTEMPTS = 20;
const TOLD_AT_ONCE = 100;

/** From the outbox to Postgres, the oldest first; an entry leaves the outbox once it is there. */
async function record({ keyspace, postgres }: FlagStoreDeps): Promise<void> {
  for (let waiting = await keyspace.pending(); waiting.length > 0; waiting = await keyspace.pending())
    for (const { change, settled } of waiting) {
      await recordChange(postgres, change);
      await settled();
    }
}

/**
 * From Postgres to the topic, unless somebody is at it: who is will not stop before all is told. A crash between telling and marking
 * tells once more: the change's id is the same.
 */
async function tellAll({ postgres, tell }: FlagStoreDeps): Promise<void> {
  await postgres.transaction(async (sql) => {
    if (!(await becomeTeller(sql))) return;
    for (let untold = await untoldChanges(sql, TOLD_AT_ONCE); untold.length > 0; untold = await untoldChanges(sql, TOLD_AT_ONCE)) {
      await tell(untold);
      await markTold(
        sql,
        untold.map(({ id }) => id),
      );
    }
  });
}

/** Changes that wait must be recorded first: what Postgres does not know would look lost. */
async function restore(deps: FlagStoreDeps): Promise<void> {
  await record(deps);
  await deps.keyspace.restore(await durableFlags(deps.postgres), deps.newId());
}

async function keep(deps: FlagStoreDeps): Promise<void> {
  await record(deps);
  const [copy, durable] = [await deps.keyspace.read(), await durableFlags(deps.postgres)];
  // Redis may have lost its last second in a crash: what Postgres knows of it counts. The script compares again.
  const lost = durable.some(({ id, version }) => version > (copy?.versions.get(id) ?? 0));
  if (copy === null || lost) await restore(deps);
  else await deps.keyspace.touch();
}

const missed = (id: string, current: number, expected: number): ImpactError =>
  new ImpactError('precondition_failed', `flag ${id} is at version ${current}, not at ${expected}`);

/** A connection that broke may have made the step and lost the answer; then the flag is just what we wanted. */
function isOurs(after: Flag | null, current: { flag: Flag | null; version: number } | null, version: number): boolean {
  if (current?.version !== version) return false;
  const text = (flag: Flag | null): Json => (flag && flagDocument(flag)) as Json;
  return sameJson(text(after), text(current.flag));
}

async function currentOf(deps: FlagStoreDeps, id: string): Promise<{ flag: Flag | null; version: number }> {
  const current = await deps.keyspace.get(id);
  if (current !== null) return current;
  await restore(deps);
  return (await deps.keyspace.get(id)) ?? { flag: null, version: 0 };
}

/** Reads, edits, and writes if nobody was quicker; else from the beginning. */
async function step(deps: FlagStoreDeps, id: string, edit: Edit, expected: number | null, author: Author): Promise<Flag | null> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { flag: before, version: from } = await currentOf(deps, id);
    if (expected !== null && before !== null && from !== expected) throw missed(id, from, expected);
    const after = edit(before, from + 1);
    if (after === before) return before;
    const change = changeOf(deps.newId(), { before, after }, from + 1, author, deps.now());
    const outcome = await deps.keyspace.change({ id, from, exists: before !== null, document: after && flagDocument(after), change });
    if (outcome === 'changed' || (outcome === 'conflict' && isOurs(after, await deps.keyspace.get(id), from + 1))) return after;
  }
  throw new ImpactError('conflict', `flag ${id} is being changed by many at once; try again`);
}

function existing(id: string, flag: Flag | null): Flag {
  if (flag === null) throw new ImpactError('not_found', `there is no flag ${id}`);
  return flag;
}

/** The flag with another definition; the same object where that says nothing new. */
function redefined(flag: Flag, definition: FlagDefinition, version: number, now: number): Flag {
  if (sameDefinition(definitionOf(flag), definition)) return flag;
  const problems = movedUnits(flag, definition);
  if (problems.length > 0)
    throw new ImpactError('unprocessable', 'this would move units of a running rollout to other variants', { problems });
  return { ...flag, ...definition, version, updatedAt: now };
}

/** The store over its outside systems. Nothing is connected before it is used. */
export function createFlagStore(deps: FlagStoreDeps): FlagStore {
  const later = (what: string, work: Promise<void>): Promise<void> => work.catch((error: unknown) => deps.onDelay(what, error));
  let telling: Promise<void> = Promise.resolve();
  /** After what this process is telling already, which may have begun too early to tell all. */
  const tellNext = (): Promise<void> => {
    telling = telling.catch(() => {}).then(() => tellAll(deps));
    return telling;
  };
  /** The change has taken effect by now. It is recorded before its maker hears of it, and told afterwards. */
  async function changed<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    await later('recording changes of flags in Postgres', record(deps));
    void later('telling changes of flags on the topic', tellNext());
    return result;
  }
  const edited = (id: string, edit: (flag: Flag, version: number) => Flag, expected: number | null, author: Author): Promise<Flag> =>
    changed(step(deps, id, (flag, version) => edit(existing(id, flag), version), expected, author) as Promise<Flag>);
  return {
    async list() {
      let copy = await deps.keyspace.read();
      if (copy === null) await restore(deps);
      copy ??= await deps.keyspace.read();
      if (copy === null) throw new ImpactError('unavailable', 'Redis forgets what it is given');
      return { revision: copy.revision, flags: copy.flags };
    },
    get: async (id) => (await currentOf(deps, id)).flag,
    create(definition, author) {
      const { id } = definition;
      const make: Edit = (flag, version) => {
        if (flag !== null) throw new ImpactError('conflict', `there is already a flag ${id}`);
        const at = deps.now();
        return { ...definition, version, archived: false, createdAt: at, updatedAt: at };
      };
      return changed(step(deps, id, make, null, author) as Promise<Flag>);
    },
    update: (id, edit, expected, author) =>
      edited(id, (flag, version) => redefined(flag, edit(flag), version, deps.now()), expected, author),
    setArchived: (id, archived, expected, author) =>
      edited(
        id,
        (flag, version) => (flag.archived === archived ? flag : { ...flag, archived, version, updatedAt: deps.now() }),
        expected,
        author,
      ),
    async remove(id, expected, author) {
      const gone: Edit = (flag) => existing(id, flag) && null;
      await changed(step(deps, id, gone, expected, author));
    },
    history: async (id) => {
      await later('recording changes of flags in Postgres', record(deps));
      return flagHistory(deps.postgres, id);
    },
    async flush() {
      await record(deps);
      await tellNext();
    },
    async keep() {
      await keep(deps);
      await tellNext();
    },
  };
}
