/** How every part reaches Kafka: TLS, SASL, retries, every compression, and a repair of kafkajs's idle spinning. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Kafka, type KafkaConfig, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { Config } from '../../config.ts';
import type { Log } from '../../runtime/log.ts';
import { leaveOutAborted } from './aborted.ts';
import { takeBatchesApart } from './batches.ts';
import { readAllCompressions } from './compression.ts';
import { openKafka } from './connections.ts';

type RequestQueue = { pending: unknown[]; throttledUntil: number };
type Schedule = (this: RequestQueue) => void;

/**
 * kafkajs 2.2.4 re-arms a timer with a negative delay for as long as a connection is idle, about 1,000 times a second.
 * The timer is needed only while requests wait or the broker throttles us, so it is armed only then.
 */
function stopIdleSpinning(): void {
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: { scheduleCheckPendingRequests: Schedule; guarded?: true };
  };
  if (queue.prototype.guarded) return;
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.guarded = true;
  queue.prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded() {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

function tlsOf(config: Config): Pick<KafkaConfig, 'ssl'> {
  if (!config.kafkaTls) return {};
  const files = { ca: config.kafkaCaFile, cert: config.kafkaCertFile, key: config.kafkaKeyFile };
  const given = Object.entries(files).filter(([, file]) => file !== '');
  return { ssl: Object.fromEntries(given.map(([option, file]) => [option, readFileSync(file, 'utf8')])) };
}

function saslOf(config: Config): Pick<KafkaConfig, 'sasl'> {
  if (config.kafkaSaslMechanism === 'none') return {};
  const sasl = { mechanism: config.kafkaSaslMechanism, username: config.kafkaUsername, password: config.kafkaPassword };
  return { sasl: sasl as SASLOptions };
}

type KafkaLine = { namespace: string; level: number; log: { message: string; timestamp: string } & Record<string, unknown> };

/** kafkajs reports every retry as an error, and every failed request or connection once more; what finally fails is thrown to us. */
const isRetried = ({ namespace, log }: KafkaLine): boolean => namespace === 'Connection' || 'retryCount' in log;

/** So its own lines are debug and warn only, and an outage does not fill the log. */
const quietly = (log: Log) => () => (line: KafkaLine) => {
  const { message, timestamp: _, ...fields } = line.log;
  const write = line.level === logLevel.ERROR && !isRetried(line) ? log.warn : log.debug;
  write({ kafka: line.namespace, ...fields }, message);
};

const patient: RetryOptions = { initialRetryTime: 100, retries: 8, maxRetryTime: 2000 };

/** A kafkajs client as the configuration says. It connects when something made from it does; `closeKafka` ends it. */
export function createKafka(config: Config, log: Log, retry: RetryOptions = patient): Kafka {
  stopIdleSpinning();
  readAllCompressions(config.kafkaMaxBatchBytes);
  takeBatchesApart(config.kafkaMaxBatchBytes);
  leaveOutAborted();
  return openKafka({
    clientId: 'impactstream',
    brokers: [...config.kafkaBrokers],
    logLevel: logLevel.WARN,
    logCreator: quietly(log),
    connectionTimeout: 3000,
    requestTimeout: 30_000,
    retry,
    ...tlsOf(config),
    ...saslOf(config),
  });
}
