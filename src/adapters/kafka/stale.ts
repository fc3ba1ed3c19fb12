/**
 * A repair of kafkajs 2.2.4: a batch that was fetched before a rejoin must not count afterwards.
 *
 * With several brokers there are several fetchers. When one of them rejoins the group (a leader has moved), the others' batches are still in
 * the queue or in a handler. After the rejoin every partition is read from its committed offset again, but kafkajs then moves the new position
 * to the end of the old batch: everything between the two is skipped, and lost once a later offset is committed.
 */
import { createRequire } from 'node:module';

type Positions = object;
type ConsumerGroup = { offsetManager: Positions | null };
type Batch = object;
type Fetch = (this: ConsumerGroup, nodeId: string) => Promise<Batch[]>;
type Handle = (this: { consumerGroup: ConsumerGroup }, batch: Batch) => Promise<void>;

/** Whose positions a batch was fetched by; a rejoin makes new ones. */
const fetchedBy = new WeakMap<Batch, { group: ConsumerGroup; positions: Positions | null }>();

/** Whether a batch still belongs to the present positions, so that its end may be taken for the new position. */
export function isCurrent(batch: Batch): boolean {
  const fetched = fetchedBy.get(batch);
  return fetched !== undefined && fetched.group.offsetManager === fetched.positions;
}

function tagBatches(group: { prototype: { fetch: Fetch } }): void {
  const fetch = group.prototype.fetch;
  group.prototype.fetch = async function fetchAndTag(nodeId) {
    const positions = this.offsetManager;
    const batches = await fetch.call(this, nodeId);
    for (const batch of batches) fetchedBy.set(batch, { group: this, positions });
    return batches;
  };
}

function dropStale(runner: { prototype: { handleBatch: Handle } }): void {
  const handle = runner.prototype.handleBatch;
  runner.prototype.handleBatch = async function handleCurrent(batch) {
    if (isCurrent(batch)) await handle.call(this, batch);
  };
}

let repaired = false;

/** Repairs kafkajs for the whole process, once. A consumer must resolve its batches by itself, and only while `isCurrent`. */
export function dropStaleBatches(): void {
  if (repaired) return;
  repaired = true;
  const load = createRequire(import.meta.url);
  tagBatches(load('kafkajs/src/consumer/consumerGroup'));
  dropStale(load('kafkajs/src/consumer/runner'));
}
