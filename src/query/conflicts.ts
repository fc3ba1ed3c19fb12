/** Ids that came with two payloads at one revision: found after an insert, while both rows are still there. */
import type { Cells } from './recompute.ts';
import type { Statement } from './statement.ts';

const inCells = `(tenant, feature, minute) IN (
    SELECT cell.1, cell.2, toDateTime(cell.3, 'UTC')
    FROM (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {features:Array(String)}, {buckets:Array(UInt32)})) AS cell))
    AND minute BETWEEN toDateTime(arrayMin({buckets:Array(UInt32)}), 'UTC') AND toDateTime(arrayMax({buckets:Array(UInt32)}), 'UTC')`;

/**
 * How many rows of the touched minutes a merge would remove: duplicates, corrected revisions, and conflicts among them.
 * Usually none; only then is the dearer question below worth asking.
 */
export function countDuplicates(cells: Cells): Statement<{ duplicates: number }> {
  return {
    text: `SELECT (SELECT count() FROM events WHERE ${inCells}) - (SELECT count() FROM events FINAL WHERE ${inCells}) AS duplicates
  SETTINGS do_not_merge_across_partitions_select_final = 1`,
    params: { ...cells },
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

/** The conflicts in the touched minutes that are not on record yet, at most 10,000. `kept_from` is topic/partition/offset of the row that holds. */
export function newConflicts(cells: Cells): Statement<Conflict> {
  return {
    text: `SELECT tenant, feature, minute, event_id, revision,
    arrayMap(hash -> toString(hash), arraySort(groupUniqArray(payload_hash))) AS payload_hashes,
    argMax(concat(topic, '/', toString(partition), '/', toString(offset)), version) AS kept_from
  FROM events
  WHERE ${inCells}
    AND (tenant, feature, minute, event_id, revision) NOT IN (SELECT tenant, feature, minute, event_id, revision FROM event_conflicts WHERE ${inCells})
  GROUP BY tenant, feature, minute, event_id, revision
  HAVING length(payload_hashes) > 1
  LIMIT 10000`,
    params: { ...cells },
  };
}
