/** Ids that came with two payloads at one revision: found after an insert, while both rows are still there. */
import type { Statement } from './statement.ts';
import { type Cell, touchedParams, whereTouched } from './touched.ts';

const inCells = (cells: readonly Cell[]): string => whereTouched(cells, 'minute', 'minute', 60);

/**
 * How many rows of the touched minutes share an id with another one: duplicates, corrected revisions, and conflicts among them (and an id
 * that stands in two minutes, which is nothing wrong). Usually none; only then is the dearer question below worth asking.
 */
export function countDuplicates(cells: readonly Cell[]): Statement<{ duplicates: number }> {
  return {
    text: `SELECT count() - uniqExact(event_id) AS duplicates FROM events WHERE ${inCells(cells)}`,
    params: touchedParams(cells),
  };
}

export type Conflict = {
  tenant: string;
  feature: string;
  minute: string;
  event_id: string;
  revision: number;
  payload_hashes: string[];
  kept_from: string;
};

/**
 * The conflicts in the touched minutes that are not on record yet, at most 10,000. `kept_from` is topic/partition/offset of the row that holds.
 * In a cluster each shard asks itself, since a tenant is on one shard.
 */
export function newConflicts(cells: readonly Cell[]): Statement<Conflict> {
  return {
    text: `SELECT tenant, feature, minute, event_id, revision,
    arrayMap(hash -> toString(hash), arraySort(groupUniqArray(payload_hash))) AS payload_hashes,
    argMax(concat(topic, '/', toString(partition), '/', toString(offset)), version) AS kept_from
  FROM events
  WHERE ${inCells(cells)}
    AND (tenant, feature, minute, event_id, revision) NOT IN (SELECT tenant, feature, minute, event_id, revision FROM event_conflicts WHERE ${inCells(cells)})
  GROUP BY tenant, feature, minute, event_id, revision
  HAVING length(payload_hashes) > 1
  LIMIT 10000
  SETTINGS distributed_product_mode = 'local'`,
    params: touchedParams(cells),
  };
}
