/** What has changed: of each kind of figures, when the newest was written. */
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** What changes by itself and is asked for here; flags tell their changes themselves. */
export const liveKinds = ['data', 'alerts', 'quality'] as const;
export type LiveKind = (typeof liveKinds)[number];
/** `at`: when the newest was written, ms since 1970; 0: nothing lately. */
export type LiveRow = { kind: LiveKind; at: number };

/** Nobody waits for a change longer than this, ms. */
const LATELY_MS = 3_600_000;

/**
 * The newest write of each kind within the last hour.
 * @param now ms since 1970
 */
export function newestWrites(scope: Scope, now: number): Statement<LiveRow> {
  const tenant = tenantCondition(scope);
  const since = "toDateTime64({since:UInt32}, 3, 'UTC')";
  const from = (kind: LiveKind, table: string, column: string): string =>
    `SELECT '${kind}' AS kind, toUnixTimestamp64Milli(max(${column})) AS at FROM ${table} WHERE ${column} >= ${since} AND ${tenant.text}`;
  const parts = [
    from('data', 'events', 'stored_at'),
    from('alerts', 'alerts', 'recorded_at'),
    from('quality', 'dead_letters', 'dead_lettered_at'),
  ];
  return { text: parts.join('\nUNION ALL\n'), params: { ...tenant.params, since: Math.floor((now - LATELY_MS) / 1000) } };
}
