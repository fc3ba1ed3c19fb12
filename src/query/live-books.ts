/** What people and stages have changed in Postgres: of each kind a short text that is another one after every change. */
import type { Database } from './outbox.ts';
import type { Scope } from './scope.ts';

/**
 * What belongs to no tenant (attestations, rollouts, reports made by the clock) is nothing that a token of one tenant hears of.
 *
 * messages: webhooks, messages with what became of them, reports. targets: targets and attestations.
 * rules: rules, silences, acknowledgements. rollouts: plans, orders, gates as they were found.
 */
export const bookKinds = ['messages', 'targets', 'rules', 'rollouts'] as const;
export type BookKind = (typeof bookKinds)[number];
export type Books = Record<BookKind, string>;

/** So many of the youngest messages are looked at, and every one that is still on its way: the outbox holds months. */
const YOUNGEST_MESSAGES = 1000;

const own = '($1::text IS NULL OR tenant_id = $1)';
/** What holds for everybody is everybody's to see. */
const ownOrAll = "($1::text IS NULL OR tenant_id IN ('', $1))";
const digest = (...parts: readonly string[]): string => `md5(concat_ws(';', ${parts.map((part) => `(SELECT ${part})`).join(',\n  ')}))`;
const newestSql = `SELECT
${digest(
  `string_agg(concat_ws('/', id, updated_at), ',' ORDER BY id) FROM webhooks WHERE ${own}`,
  `string_agg(concat_ws('/', id, state, attempts), ',' ORDER BY id) FROM outbox WHERE id > (SELECT max(id) FROM outbox) - ${YOUNGEST_MESSAGES} AND ${own}`,
  `concat_ws('/', count(*), sum(id), sum(attempts)) FROM outbox WHERE state = 'pending' AND ${own}`,
  `concat_ws('/', count(*), max(sent_at)) FROM report_sends WHERE ${own}`,
  `max(run_at)::text FROM report_runs WHERE $1::text IS NULL`,
)} AS messages,
${digest(`concat_ws('/', count(*), max(set_at)) FROM targets WHERE ${ownOrAll}`, 'max(id)::text FROM kpi_attestations WHERE $1::text IS NULL')} AS targets,
${digest(
  `concat_ws('/', count(*), max(changed_at)) FROM rule_versions WHERE ($1::text IS NULL OR tenant IN ('', $1))`,
  `concat_ws('/', count(*), max(created_at), sum(extract(epoch FROM ends_at))) FROM silences WHERE ${own}`,
  `concat_ws('/', count(acknowledged_at), max(acknowledged_at)) FROM business_impact_alerts WHERE resolved_at IS NULL AND ${own}`,
)} AS rules,
${digest("concat_ws('/', count(*), max(updated_at), max(evaluated_at)) FROM rollouts WHERE $1::text IS NULL")} AS rollouts`;

/** How the books stand that this scope may see. */
export async function newestBooks(database: Database, scope: Scope): Promise<Books> {
  const [books] = await database.query<Books>(newestSql, [scope.tenantId]);
  return books as Books;
}
