/** What people and stages would have left in Postgres: a rollout under way, targets, receivers and what they were told, an effect that an experiment showed. */
import { plusDays } from '../../src/domain/zone.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { enqueue, type OutboxEntry } from '../../src/query/outbox.ts';
import { storeEffects } from '../../src/query/roi/effects.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { setTarget } from '../../src/query/targets.ts';
import { createWebhook } from '../../src/query/webhooks.ts';

const ada = (reason: string) => ({ by: 'ada', reason });

/** AI coaching is led by a plan that waits for its last step. */
async function storeRollout({ rollouts }: Adapters): Promise<void> {
  const plan = { flagId: 'ai_coaching', approval: 'manual', metrics: ['productivity_score'], steps: ['beta_10', 'beta_50', 'ga'] };
  await rollouts.plan('ai_coaching', plan, null, ada('agreed in the product round'));
  await rollouts.command('ai_coaching', { kind: 'start' }, null, ada('half of the users have it already'));
  await rollouts.evaluate();
}

async function storeTargets({ postgres }: Adapters, today: string): Promise<void> {
  const base = { metric: 'roi_percent', tenantId: '', featureId: '', warning: 500, critical: 200 } as const;
  await setTarget(postgres, { ...base, effectiveFrom: plusDays(today, -60), target: 600 }, ada('first quarter of the product'));
  await setTarget(postgres, { ...base, effectiveFrom: plusDays(today, -20), target: 710 }, ada('agreed in the review of the quarter'));
}

type Sent = { state: string; attempts: number; error: string | null };
const outcomes: readonly Sent[] = [
  { state: 'sent', attempts: 1, error: null },
  { state: 'sent', attempts: 2, error: null },
  { state: 'dead', attempts: 8, error: 'the receiver answered 503' },
];

async function storeMessages({ postgres }: Adapters, now: number): Promise<void> {
  const form = {
    url: 'https://crm.example.com/hooks/impact',
    events: ['alert_triggered', 'alert_resolved'] as const,
    authentication: null,
  };
  const { webhook } = await postgres.transaction((tx) => createWebhook(tx, scopeOf(null), form, 'ada', []));
  const told = (name: string, channel: OutboxEntry['channel'], target: string, subject: string): OutboxEntry => ({
    key: `${channel}/${name}`,
    channel,
    target,
    subject,
    payload: { webhookId: webhook.id, messageId: name, body: '{}' },
    notBefore: now,
  });
  await enqueue(postgres, [
    told('websocket', 'slack', '#alerts', 'WebSocket latency of platform: critical'),
    told('errors', 'mail', 'operators', 'Error rate of platform: critical'),
    told('errors', 'webhook', webhook.id, 'alert_triggered'),
  ]);
  for (const [i, { state, attempts, error }] of outcomes.entries()) {
    const [row] = await postgres.query<{ id: number }>(
      'UPDATE outbox SET state = $1, attempts = $2, last_error = $3, finished_at = now() WHERE id = (SELECT id FROM outbox ORDER BY id OFFSET $4 LIMIT 1) RETURNING id',
      [state, attempts, error, i],
    );
    for (let attempt = 1; attempt <= attempts; attempt += 1)
      await postgres.query(
        'INSERT INTO deliveries (outbox_id, attempt, attempted_at, outcome, status, error, duration_ms) VALUES ($1, $2, now(), $3, $4, $5, 38)',
        [row?.id, attempt, attempt < attempts ? 'retry' : state, attempt < attempts || state === 'dead' ? 503 : 200, error],
      );
  }
}

async function storeEffect({ postgres }: Adapters, today: string): Promise<void> {
  const believed = { shrunkLift: -0.43, shrunkError: 0.06, shrunkLow: -0.55, shrunkHigh: -0.31 };
  const measured = { controlN: 1180, treatmentN: 1204, controlMean: 34.2, lift: -0.46, liftError: 0.062 };
  const of = { featureId: 'ai_coaching', metric: 'session_duration_minutes', asOf: today, fromDate: plusDays(today, -30) } as const;
  await postgres.transaction((tx) => storeEffects(tx, today, [{ ...of, ...measured, ...believed }]));
}

/** @param now milliseconds since 1970 */
export async function storeBooks(adapters: Adapters, now: number): Promise<void> {
  const today = new Date(now).toISOString().slice(0, 10);
  await storeRollout(adapters);
  await storeTargets(adapters, today);
  await storeMessages(adapters, now);
  await storeEffect(adapters, today);
}
