/** Carries announcements to the webhooks that asked for them: each becomes messages in the outbox, in the transaction that marks it as carried. */
import { createHash } from 'node:crypto';
import { webhookMessages } from '../../src/domain/webhook.ts';
import { type Database, enqueue, type OutboxEntry } from '../../src/query/outbox.ts';
import { anyWaiting, type Listener, listeners, markFannedOut, type Waiting, waitingAnnouncements } from '../../src/query/webhook-fanout.ts';
import type { Transactions } from './intake.ts';

const AT_ONCE = 500;

/** The same for the same happenings to the same webhook, and safe in a header. */
function messageIdOf(webhookId: string, ids: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([webhookId, ...ids]));
  return `msg_${hash.digest('base64url').slice(0, 32)}`;
}

/** A tenant's webhook hears of that tenant alone; none hears of what was before it. */
const hears = ({ tenantId, events, createdAt }: Listener, one: Waiting): boolean =>
  events.includes(one.type) && (tenantId === null || tenantId === one.tenantId) && one.occurredAt >= createdAt - 3_600_000;

function entriesFor(listener: Listener, announcements: readonly Waiting[]): OutboxEntry[] {
  const heard = announcements.filter((one) => hears(listener, one));
  return webhookMessages(heard).map(({ ids, type, tenantId, body }) => {
    const messageId = messageIdOf(listener.id, ids);
    return {
      key: `webhook/${listener.id}/${messageId}`,
      channel: 'webhook',
      target: listener.id,
      payload: { webhookId: listener.id, messageId, body },
      tenantId: listener.tenantId ?? tenantId,
      subject: `${type}${ids.length > 1 ? ` (${ids.length})` : ''}`,
    };
  });
}

async function fanOutIn(tx: Database): Promise<number> {
  const waiting = await waitingAnnouncements(tx, AT_ONCE);
  if (waiting.length === 0) return 0;
  const all = await listeners(tx);
  await enqueue(
    tx,
    all.flatMap((one) => entriesFor(one, waiting)),
  );
  await markFannedOut(
    tx,
    waiting.map(({ sequence }) => sequence),
  );
  return waiting.length;
}

/** Carries what waits. @returns whether there may be more; null when there was nothing */
export async function fanOut(postgres: Database & Transactions): Promise<boolean | null> {
  if (!(await anyWaiting(postgres))) return null;
  return (await postgres.transaction(fanOutIn)) === AT_ONCE;
}
