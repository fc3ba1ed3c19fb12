/** What has changed: of each kind of figures, when the newest was written. */
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** What changes by itself and is asked for here; flags tell their changes themselves. */
export const liveKinds = ['data', 'alerts', 'quality'] as const;
export type LiveKind = (typeof liveKinds)[number];
/** `at`: when the newest was written, ms since 1970; 0: nothing lately. */
export type LiveRow = { kind: LiveKind; at: number };

/**
 * The newest write of each kind.
 * @param since how far back to look for each, ms since 1970: what is older is not read, however much there is of it
 */
export function newestWrites(scope: Scope, since: Record<LiveKind, number>): Statement<LiveRow> {
  const tenant = tenantCondition(scope);
  const from = (kind: LiveKind, table: string, column: string): string =>
    `SELECT '${kind}' AS kind, toUnixTimestamp64Milli(max(${column})) AS at FROM ${table}
WHERE ${column} >= toDateTime64({${kind}:UInt32}, 3, 'UTC') AND ${tenant.text}`;
  const parts = [
    from('data', 'events', 'stored_at'),
    from('alerts', 'alerts', 'recorded_at'),
    from('quality', 'dead_letters', 'dead_lettered_at'),
  ];
  const seconds = Object.fromEntries(liveKinds.map((kind) => [kind, Math.max(0, Math.floor(since[kind] / 1000))]));
  return { text: parts.join('\nUNION ALL\n'), params: { ...tenant.params, ...seconds } };
}
