/** The outbox: what is to be sent. It is written in the transaction that decides it, so that a crash neither loses nor doubles a message. */

/** What answers statements: the Postgres adapter, or one of its transactions. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

export const channels = ['pagerduty', 'slack', 'mail', 'webhook'] as const;
export type Channel = (typeof channels)[number];

/**
 * One message for one target. `key` says what it is, the same for the same message: a second one is not taken.
 * `target`: a Slack channel, a webhook's id, the name of a mailing, or a PagerDuty service. `payload`: see `domain/notify/payload.ts`.
 */
export type OutboxEntry = {
  key: string;
  channel: Channel;
  target: string;
  payload: object;
  /** Milliseconds since 1970; now when left out. */
  notBefore?: number;
  /** Messages of one lane are sent in the order in which they were enqueued. */
  lane?: string;
  /** The only tenant that it is about; null, and when left out: several or all. */
  tenantId?: string | null;
  /** What it is about, in a line. */
  subject?: string;
};

// Whoever claims compares with a clock of whole milliseconds.
const enqueueSql = `
INSERT INTO outbox (key, channel, target, payload, not_before, lane, tenant_id, subject)
SELECT e.key, e.channel, e.target, e.payload, coalesce(e.not_before, date_trunc('milliseconds', now())), e.lane, e.tenant_id, coalesce(e.subject, '')
FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
  key text, channel text, target text, payload jsonb, not_before timestamptz, lane text, tenant_id text, subject text
)) WITH ORDINALITY AS e
ORDER BY e.ordinality
ON CONFLICT (key) DO NOTHING RETURNING key`;

const rowOf = ({ notBefore, tenantId, ...entry }: OutboxEntry): object => ({
  ...entry,
  tenant_id: tenantId ?? null,
  not_before: notBefore === undefined ? null : new Date(notBefore).toISOString(),
});

/**
 * Writes messages into the outbox.
 * @param tx the transaction that decides them
 * @returns the keys of those that were not there already
 */
export async function enqueue(tx: Database, entries: readonly OutboxEntry[]): Promise<string[]> {
  if (entries.length === 0) return [];
  const rows = await tx.query<{ key: string }>(enqueueSql, [JSON.stringify(entries.map(rowOf))]);
  return rows.map(({ key }) => key);
}
