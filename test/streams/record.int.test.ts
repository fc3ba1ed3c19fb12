import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProducer, type OutMessage, type Producer } from '../../src/adapters/kafka/producer.ts';
import { loadConfig } from '../../src/config.ts';
import { deadLetterHeaders, lateHeaders } from '../../src/domain/deadletter.ts';
import { topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { startRecordStage } from '../support/record-stage.ts';

const env = testEnv({ KAFKA_SESSION_TIMEOUT_MS: '6000' });
const config = loadConfig(env);
const adapters = openAdapters(config);
const { clickhouse, kafka, registry } = adapters;
const full = (topic: string) => topicName(config.namespace, topic);
let producer: Producer;

beforeAll(async () => {
  await prepareOutside(adapters);
  producer = await createProducer(kafka);
});

afterAll(async () => {
  await producer.close();
  await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
  await adapters.close();
});

const fault = { reason: 'invalid_field', message: 'not usable', field: 'score' } as const;

/** The dead letter of record `number` of partition 0, as a store would write it. */
function letter(number: number): OutMessage {
  const origin = { topic: full('impact-lead-intelligence'), partition: 0, offset: String(number), timestamp: String(Date.now()) };
  const headers = deadLetterHeaders({}, origin, { fault, step: 'store.validate', schemaId: 1, version: '0.1.0' });
  return { key: 'acme|realtime_intelligence', value: Buffer.from([number % 256]), headers: headers as Record<string, string> };
}

function lateEvent(number: number): OutMessage {
  const origin = { topic: full('impact-lead-intelligence'), partition: 1, offset: String(number), timestamp: String(Date.now()) };
  const headers = lateHeaders({}, origin, { stage: 'window', lateByMs: 1_000 * number, version: '0.1.0' });
  return { key: 'acme|realtime_intelligence', value: Buffer.from([1]), headers: headers as Record<string, string> };
}

const alert = (alertId: string, ordinal: number) => ({
  transitionId: `${alertId}-${ordinal}`,
  alertId,
  fingerprint: 'error-rate',
  ordinal,
  rule: 'error-rate',
  ruleVersion: 1,
  title: 'Error rate',
  severity: 'warning',
  previousSeverity: null,
  state: ordinal < 3 ? 'firing' : 'resolved',
  transition: ['opened', 'repeated', 'resolved'][ordinal - 1] ?? 'revised',
  reason: null,
  scope: 'tenant',
  tenantId: 'acme',
  featureId: null,
  metric: 'request_error',
  statistic: 'percent',
  value: 2.5,
  previousValue: null,
  comparison: 'above',
  threshold: 2,
  windowStart: Date.UTC(2026, 10, 21, 11, 59),
  windowEnd: Date.UTC(2026, 10, 21, 12, ordinal),
  n: 1200,
  openedAt: Date.UTC(2026, 10, 21, 12),
  runbook: '',
});

/** In a transaction, as the alert stage writes them; aborted ones must never be seen. */
async function sendAlerts(alerts: object[], end: 'commit' | 'abort'): Promise<void> {
  const encode = await registry.encoder('alert');
  const transactional = kafka.producer({ transactionalId: `${full('record-test')}-${end}`, idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  const transaction = await transactional.transaction();
  await transaction.send({ topic: full(topics.alerts), messages: alerts.map((one) => ({ key: 'acme', value: encode(one) })) });
  await transaction[end]();
  await transactional.disconnect();
}

const count = async (table: string): Promise<number> =>
  Number((await clickhouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n ?? 0);

const expectCount = (table: string, wanted: number, deadlineMs?: number) =>
  eventually(async () => expect(await count(table), table).toBe(wanted), deadlineMs);

describe('the record stage', () => {
  let stage: RunningStage;
  beforeAll(async () => {
    stage = await startRecordStage(adapters);
  });
  afterAll(() => stage.stop());

  it('keeps alerts that were committed, and none that were not', async () => {
    await sendAlerts([alert('lost', 1)], 'abort');
    await sendAlerts([alert('a', 1), alert('a', 2), alert('b', 1), alert('a', 3)], 'commit');
    await expectCount('alerts_final', 4);
    const latest = await clickhouse.query<{ alert_id: string; state: string; ordinal: number }>(
      'SELECT alert_id, state, ordinal FROM alerts_latest ORDER BY alert_id',
    );
    expect(latest).toEqual([
      { alert_id: 'a', state: 'resolved', ordinal: 3 },
      { alert_id: 'b', state: 'firing', ordinal: 1 },
    ]);
    expect(await clickhouse.query('SELECT alert_id, tenant FROM alerts_firing')).toEqual([{ alert_id: 'b', tenant: 'acme' }]);
  });

  it('leaves out an alert that nobody can read, and goes on', async () => {
    await producer.send(full(topics.alerts), [{ key: 'acme', value: Buffer.from('no avro') }]);
    await sendAlerts([alert('c', 1)], 'commit');
    await expectCount('alerts_final', 5);
  });

  it('counts a record that was set aside twice once, as its newest copy', async () => {
    await producer.send(full(topics.deadLetters), [letter(1), letter(2), letter(1)]);
    await expectCount('dead_letters_final', 2);
    const [row] = await clickhouse.query<object>('SELECT topic, reason, tenant, letter_offset FROM dead_letters_final WHERE offset = 1');
    expect(row).toEqual({ topic: 'impact-lead-intelligence', reason: 'invalid_field', tenant: 'acme', letter_offset: 2 });
  });

  it('keeps late events', async () => {
    await producer.send(full(topics.lateEvents), [lateEvent(5)]);
    await expectCount('late_events_final', 1);
    expect(await clickhouse.query('SELECT stage, late_by_seconds FROM late_events_final')).toEqual([
      { stage: 'window', late_by_seconds: 5 },
    ]);
  });

  it('is ready once it has joined and nothing is waited for', async () => {
    await eventually(() => expect(stage.health()).toEqual({ ready: true, reasons: [] }));
  });

  it('samples the lag of every stage that reads from Kafka', async () => {
    const lag = (stage: string) =>
      `SELECT sum(lag) AS n FROM pipeline_lag_final WHERE stage = '${stage}' AND sampled_at = (SELECT max(sampled_at) FROM pipeline_lag)`;
    await producer.send(full('impact-lead-intelligence'), [{ key: 'acme|x', value: Buffer.from([1]) }]);
    await eventually(async () => {
      expect(await clickhouse.query(lag('store'))).toEqual([{ n: 1 }]);
      expect(await clickhouse.query(lag('record'))).toEqual([{ n: 0 }]);
    }, 30_000);
    const sampled = await clickhouse.query<{ stage: string }>('SELECT DISTINCT stage FROM pipeline_lag ORDER BY stage');
    expect(sampled.map(({ stage }) => stage)).toEqual(['alert', 'guard', 'notify', 'record', 'store', 'window']);
  });

  it('measures how long rows took from Kafka to ClickHouse', async () => {
    const columns = 'tenant, feature, minute, event_id, topic, offset, recorded_at';
    await clickhouse.command(
      `INSERT INTO events (${columns}) SELECT 'acme', 'f', toStartOfMinute(now('UTC')), generateUUIDv4(), '${full('impact-lead-intelligence')}', number, now64(3, 'UTC') - 2 FROM numbers(10)`,
    );
    await eventually(async () => {
      const rows = await clickhouse.query<{ topic: string; n: number; delay: number }>(
        'SELECT topic, n, delay_p99_seconds AS delay FROM pipeline_freshness_final',
      );
      expect(rows).toEqual([{ topic: 'impact-lead-intelligence', n: 10, delay: expect.closeTo(2, 0) }]);
    }, 30_000);
  });
});

/** A process of its own, killed by its failpoint or by us. */
function start(failpoint: string): ChildProcess {
  const environment = { ...process.env, ...env, IMPACT_FAILPOINT: failpoint };
  return spawn(process.execPath, ['test/support/record-process.ts'], { env: environment, stdio: 'inherit' });
}

async function stopped(child: ChildProcess): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
}

describe('a record stage that is killed', () => {
  let sent = 1_000;
  const sendSome = async (amount: number) => {
    const first = sent;
    sent += amount;
    await producer.send(
      full(topics.deadLetters),
      Array.from({ length: amount }, (_, index) => letter(first + index)),
    );
  };
  const written = 'dead_letters_final WHERE offset >= 1000';

  it.each(['record.before-insert', 'record.before-commit:2'])(
    'at %s has lost and doubled nothing once it runs again',
    async (failpoint) => {
      await sendSome(500);
      const child = start(failpoint);
      const more = setInterval(() => void sendSome(5), 100);
      try {
        expect(await stopped(child)).toBe('SIGKILL');
      } finally {
        clearInterval(more);
      }
      const again = start('');
      try {
        await expectCount(written, sent - 1_000, 60_000);
      } finally {
        again.kill('SIGKILL');
        await stopped(again);
      }
    },
  );

  it('in the middle of its work has lost and doubled nothing', async () => {
    for (const _ of [1, 2]) {
      const before = await count(written);
      const child = start('');
      const more = setInterval(() => void sendSome(20), 20);
      try {
        await eventually(async () => expect(await count(written)).toBeGreaterThan(before + 100), 60_000, 10);
      } finally {
        clearInterval(more);
        child.kill('SIGKILL');
        await stopped(child);
      }
    }
    const last = start('');
    try {
      await expectCount(written, sent - 1_000, 60_000);
      const identities = await clickhouse.query(
        'SELECT uniqExact(topic, partition, offset, step) AS n FROM dead_letters WHERE offset >= 1000',
      );
      expect(identities).toEqual([{ n: sent - 1_000 }]);
    } finally {
      last.kill('SIGKILL');
      await stopped(last);
    }
  });
});
