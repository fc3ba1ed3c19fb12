/** Keeps what ClickHouse says (statements, table names, addresses) from callers: it is for the log. */
import { ImpactError } from '../domain/errors.ts';
import type { Rows } from '../query/statement.ts';

export const AWAY = 'a component does not answer; try again';
export const OURS = 'this is our fault; the request id finds it in the log';

/** Every parameter has been checked before it becomes part of a question, so one that ClickHouse refuses was our mistake. */
export function shielded(clickhouse: Rows): Rows {
  return {
    async query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]> {
      try {
        return await clickhouse.query<Row>(text, params);
      } catch (cause) {
        const away = cause instanceof ImpactError && cause.code === 'unavailable';
        throw new ImpactError(away ? 'unavailable' : 'internal', away ? AWAY : OURS, { cause });
      }
    },
  };
}
