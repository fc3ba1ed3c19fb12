/** Environment variables (and an optional YAML file of the same names) -> one frozen Config, every fault listed at once. */
import { parse } from 'yaml';
import { ImpactError, type Problem } from './domain/errors.ts';

/** One setting: how its text becomes a value, and what the configuration table of the README says about it. */
export type Setting<T> = {
  env: string;
  fallback: string;
  doc: string;
  secret?: true;
  parse: (text: string) => T;
  expected: string;
};

type Options = { secret?: true };
const setting =
  <T>(expected: string, parseText: (text: string) => T) =>
  (env: string, fallback: string, doc: string, options: Options = {}): Setting<T> => ({
    env,
    fallback,
    doc,
    expected,
    parse: parseText,
    ...options,
  });

const refuse = (): never => {
  throw new RangeError('refused');
};
const within = (minimum: number, maximum: number) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && value >= minimum && value <= maximum ? value : refuse();
};
const wholeWithin = (minimum: number, maximum: number) => (text: string) => {
  const value = within(minimum, maximum)(text);
  return Number.isInteger(value) ? value : refuse();
};
const urlOf = (protocols: string[]) => (text: string) => {
  const url = new URL(text);
  return protocols.includes(url.protocol) ? text : refuse();
};
const zone = (text: string) => new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;

const text = setting('any text', (value) => value);
const list = setting('a comma-separated list', (value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const flag = setting('true or false', (value) => (value === 'true' ? true : value === 'false' ? false : refuse()));
const choice = <const C extends readonly string[]>(choices: C) =>
  setting(`one of ${choices.join(', ')}`, (value): C[number] => (choices.includes(value) ? value : refuse()));
const whole = (minimum: number, maximum: number) => setting(`a whole number from ${minimum} to ${maximum}`, wholeWithin(minimum, maximum));
const number = (minimum: number, maximum: number) => setting(`a number from ${minimum} to ${maximum}`, within(minimum, maximum));
const url = (...protocols: string[]) => setting(`a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`, urlOf(protocols));
const urls = (...protocols: string[]) =>
  setting(`URLs starting with ${protocols.map((p) => `${p}//`).join(' or ')}, comma-separated`, (value) =>
    value
      .split(',')
      .map((one) => urlOf(protocols)(one.trim()))
      .join(','),
  );
const hosts = (value: string): boolean => value.split(',').every((host) => URL.canParse(`http://${host}`));
const redisUrl = setting('redis:// or rediss://, then host:port, perhaps more of them after commas, and /database', (value) => {
  const [, list = ''] = /^rediss?:\/\/(?:[^@/]*@)?([^@/?#\s]+)(?:\/\d{0,4})?$/.exec(value) ?? [];
  return list !== '' && hosts(list) ? value : refuse();
});
const name = setting('empty, or up to 40 of a-z, 0-9 and _', (value) => (/^[a-z0-9_]{0,40}$/.test(value) ? value : refuse()));

const port = whole(0, 65_535);
const windows = setting('a comma-separated list such as 1m,5m/1m', (value) => {
  const sizes = value.split(',').map((item) => item.trim());
  return sizes.every((item) => /^[1-9]\d{0,5}[smhd](\/[1-9]\d{0,5}[smhd])?$/.test(item)) ? sizes : refuse();
});
const anyUrl = setting('empty, or a URL starting with http:// or https://', (value) =>
  value === '' ? '' : urlOf(['http:', 'https:'])(value),
);
const pairs = setting('name=value pairs, comma-separated, percent-encoded where need be', (value) =>
  Object.fromEntries(
    value
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const [, key = '', held = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(pair) ?? refuse();
        return [key, decodeURIComponent(held.trim())];
      }),
  ),
);

/** Every setting there is. The key is its name in `Config`. */
export const settings = {
  namespace: name(
    'IMPACT_NAMESPACE',
    '',
    'Prefix of every topic, consumer group, database, schema and key, so that several installations share components',
  ),
  logLevel: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])('LOG_LEVEL', 'info', 'Least severe log line written'),
  logLevels: list('LOG_LEVELS', '', 'Level for single modules, for example store=debug,api=warn'),
  logPretty: choice(['auto', 'true', 'false'])('LOG_PRETTY', 'auto', 'Readable lines instead of JSON; auto: on a terminal'),

  kafkaBrokers: list('KAFKA_BROKERS', '127.0.0.1:19092', 'Bootstrap brokers, host:port each'),
  kafkaTls: flag('KAFKA_TLS', 'false', 'TLS to the brokers'),
  kafkaCaFile: text('KAFKA_CA_FILE', '', 'Certificate authority of the brokers, a PEM file'),
  kafkaSaslMechanism: choice(['none', 'plain', 'scram-sha-256', 'scram-sha-512'])(
    'KAFKA_SASL_MECHANISM',
    'none',
    'How to sign in to the brokers',
  ),
  kafkaUsername: text('KAFKA_USERNAME', '', 'User name for SASL'),
  kafkaPassword: text('KAFKA_PASSWORD', '', 'Password for SASL', { secret: true }),
  kafkaPartitions: whole(1, 10_000)('KAFKA_PARTITIONS', '4', 'Partitions of each topic that is created'),
  kafkaReplication: whole(1, 15)('KAFKA_REPLICATION', '1', 'Replicas of each topic that is created'),
  kafkaMinInSync: whole(1, 15)('KAFKA_MIN_IN_SYNC', '1', 'min.insync.replicas of each topic that is created'),
  kafkaSessionTimeoutMs: whole(1_000, 600_000)(
    'KAFKA_SESSION_TIMEOUT_MS',
    '30000',
    'After this silence a consumer loses its partitions; brokers refuse less than 6 s unless told otherwise',
  ),
  kafkaMaxBatchBytes: whole(1_048_576, 1_073_741_824)(
    'KAFKA_MAX_BATCH_BYTES',
    '67108864',
    'Bytes that one batch of records may unpack to; a larger one is dead-lettered as a whole, unread',
  ),

  registryUrl: url('http:', 'https:')('SCHEMA_REGISTRY_URL', 'http://127.0.0.1:18081/apis/ccompat/v7', 'Schema registry, Confluent API'),
  registryUsername: text('SCHEMA_REGISTRY_USERNAME', '', 'User name for the registry'),
  registryPassword: text('SCHEMA_REGISTRY_PASSWORD', '', 'Password for the registry', { secret: true }),

  clickhouseUrl: urls('http:', 'https:')(
    'CLICKHOUSE_URL',
    'http://127.0.0.1:18123',
    'ClickHouse over HTTP(S); in a cluster, one server of each shard',
  ),
  clickhouseUsername: text('CLICKHOUSE_USERNAME', 'default', 'ClickHouse user'),
  clickhousePassword: text('CLICKHOUSE_PASSWORD', '', 'ClickHouse password', { secret: true }),
  clickhouseDatabase: name('CLICKHOUSE_DATABASE', 'impact', 'Database; the namespace is appended to it'),
  clickhouseCluster: name('CLICKHOUSE_CLUSTER', '', 'Name of the ClickHouse cluster; empty: one server'),
  clickhouseReplicated: flag('CLICKHOUSE_REPLICATED', 'false', 'Replicated engines (the cluster needs Keeper)'),

  databaseUrl: url('postgres:', 'postgresql:')(
    'DATABASE_URL',
    'postgresql://impact:impact@127.0.0.1:15432/impact',
    'Postgres; sslmode in the URL turns TLS on',
    { secret: true },
  ),
  redisUrl: redisUrl(
    'REDIS_URL',
    'redis://127.0.0.1:16379/0',
    'Redis; rediss: for TLS; several hosts after commas, of which the first primary is used',
    { secret: true },
  ),
  redisCaFile: text('REDIS_CA_FILE', '', 'Certificate authority of Redis, a PEM file'),
  redisCluster: flag('REDIS_CLUSTER', 'false', 'The hosts of REDIS_URL are nodes of a Redis Cluster'),

  apiHost: text('API_HOST', '127.0.0.1', 'Address the API listens on'),
  apiPort: port('API_PORT', '8000', 'Port the API listens on; 0 picks a free one'),
  apiRateLimitPerMinute: whole(1, 10_000_000)('API_RATE_LIMIT_PER_MINUTE', '6000', 'Requests a minute for each token'),
  metricsPort: port('METRICS_PORT', '0', 'Port of health and metrics in processes without the API; 0 picks a free one'),
  otlpEndpoint: anyUrl(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    '',
    'Where traces are exported to: an OpenTelemetry collector, OTLP over HTTP; empty: nothing is traced',
  ),
  otlpHeaders: pairs('OTEL_EXPORTER_OTLP_HEADERS', '', 'Headers that the collector of traces asks for', { secret: true }),
  otelServiceName: text('OTEL_SERVICE_NAME', 'impactstream', 'Name under which traces are exported'),
  otelSampledShare: number(0, 1)(
    'OTEL_TRACES_SAMPLER_ARG',
    '1',
    'Share of requests and batches that are traced where no caller has decided',
  ),
  timeZone: setting('an IANA time zone', zone)('TIME_ZONE', 'UTC', 'Zone in which business days begin and end'),

  storeFlushRows: whole(1, 5_000_000)('STORE_FLUSH_ROWS', '150000', 'Rows that make a flush due'),
  storeFlushBytes: whole(1_000, 2_000_000_000)(
    'STORE_FLUSH_BYTES',
    '67108864',
    'Buffered bytes that make a flush due; twice this stops fetching',
  ),
  storeFlushMs: whole(10, 600_000)('STORE_FLUSH_MS', '500', 'Age of the oldest buffered event that makes a flush due'),
  breakerShare: number(0, 1)('BREAKER_SHARE', '0.05', 'Share of records with faults of our own that stops a partition'),
  breakerSample: whole(1, 1_000_000)('BREAKER_SAMPLE', '200', 'Records the share is taken over'),
  breakerRun: whole(1, 1_000_000)('BREAKER_RUN', '100', 'Faults in a row that stop a partition'),

  // ClickHouse computes the end of an event's life as a DateTime, which ends in 2106: beyond that it wraps, and everything would expire at once.
  retentionRawDays: whole(1, 20_000)('RETENTION_RAW_DAYS', '90', 'Days that raw events are kept'),
  retentionMinuteDays: whole(1, 20_000)('RETENTION_MINUTE_DAYS', '90', 'Days that minute rollups are kept'),
  retentionHourDays: whole(1, 20_000)('RETENTION_HOUR_DAYS', '730', 'Days that hour rollups are kept; day rollups are kept for ever'),
  maxFutureMs: whole(0, 86_400_000)('MAX_FUTURE_MS', '300000', 'How far ahead of the clock an event time may be'),

  windowDelayMs: whole(0, 86_400_000)('WINDOW_DELAY_MS', '2000', 'Allowed delay: the watermark is this far behind the greatest event time'),
  windowGraceMs: whole(0, 604_800_000)('WINDOW_GRACE_MS', '600000', 'How long after its end a window still takes late events'),
  windowIdleMs: whole(100, 3_600_000)('WINDOW_IDLE_MS', '10000', 'After this silence an idle partition stops holding others back'),
  windowSizes: windows('WINDOW_SIZES', '1m,5m/1m', 'Windows of every metric: length, or length/hop for windows that overlap'),
  roiWindowSizes: windows('ROI_WINDOW_SIZES', '1h/5m,24h/1h,7d/1h', 'Windows in which value and cost are joined'),
  windowHorizonMs: whole(60_000, 604_800_000)(
    'WINDOW_HORIZON_MS',
    '3600000',
    'An event older than this when it arrives is imported history: it raises no alert',
  ),
  windowLedgerEvents: whole(1_000, 100_000_000)(
    'WINDOW_LEDGER_EVENTS',
    '100000',
    'Events that each partition keeps for recognising duplicates and corrections in windows',
  ),
  alertRepeatMs: whole(1_000, 604_800_000)('ALERT_REPEAT_MS', '3600000', 'A firing alert is repeated at most this often'),
  signalsIntervalMs: whole(100, 86_400_000)('SIGNALS_INTERVAL_MS', '300000', 'How often slow signals are evaluated from ClickHouse'),
  rulesFile: text('RULES_FILE', '', 'YAML file of alert rules that is imported at start'),

  targetRoiPercent: number(-100, 1_000_000)('TARGET_ROI_PERCENTAGE', '710', 'ROI target, percent'),
  targetWebsocketLatencyMs: number(0, 1e6)('TARGET_WEBSOCKET_LATENCY', '50', 'WebSocket latency target, ms'),
  targetMlInferenceMs: number(0, 1e6)('TARGET_ML_INFERENCE', '35', 'ML inference latency target, ms'),
  targetVisionAnalysisMs: number(0, 1e6)('TARGET_VISION_ANALYSIS', '1500', 'Vision analysis latency target, ms'),
  targetCoachingAnalysisMs: number(0, 1e6)('TARGET_COACHING_ANALYSIS', '2000', 'Coaching analysis latency target, ms'),
  targetErrorRatePercent: number(0, 100)('TARGET_ERROR_RATE', '1.0', 'Error rate target, percent'),
  targetUptimePercent: number(0, 100)('TARGET_UPTIME', '99.9', 'Uptime target, percent'),
  targetAdoptionPercent: number(0, 100)('TARGET_ADOPTION', '80', 'Adoption target, percent'),

  smtpServer: text('SMTP_SERVER', '', 'Mail server'),
  smtpPort: port('SMTP_PORT', '587', 'Port of the mail server'),
  emailUser: text('EMAIL_USER', '', 'User at the mail server'),
  emailPassword: text('EMAIL_PASSWORD', '', 'Password at the mail server', { secret: true }),
  fromEmail: text('FROM_EMAIL', 'noreply@enterprisehub.ai', 'Sender of mails'),
  slackWebhookUrl: text('SLACK_WEBHOOK_URL', '', 'Slack incoming webhook', { secret: true }),
} as const;

type Settings = typeof settings;
export type Config = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

type Source = Record<string, string | undefined>;

const shown = (one: Setting<unknown>, value: string): string => (one.secret ? '(secret)' : value);

function read(one: Setting<unknown>, source: Source, problems: Problem[]): unknown {
  const value = source[one.env] ?? one.fallback;
  try {
    return one.parse(value);
  } catch {
    problems.push({ field: one.env, value: shown(one, value), expected: one.expected });
    return undefined;
  }
}

/** Faults between settings that are each valid by themselves. */
function contradictions(config: Config): Problem[] {
  const problems: Problem[] = [];
  if (config.kafkaSaslMechanism !== 'none' && config.kafkaUsername === '')
    problems.push({
      field: 'KAFKA_USERNAME',
      value: '',
      expected: `a user name, since KAFKA_SASL_MECHANISM is ${config.kafkaSaslMechanism}`,
    });
  if (config.kafkaMinInSync > config.kafkaReplication)
    problems.push({
      field: 'KAFKA_MIN_IN_SYNC',
      value: String(config.kafkaMinInSync),
      expected: `at most KAFKA_REPLICATION, ${config.kafkaReplication}`,
    });
  if (config.retentionMinuteDays < config.retentionRawDays)
    problems.push({
      field: 'RETENTION_MINUTE_DAYS',
      value: String(config.retentionMinuteDays),
      expected: `at least RETENTION_RAW_DAYS, ${config.retentionRawDays}`,
    });
  return problems;
}

function fromFile(fileText: string): Source {
  const known = new Set(Object.values(settings).map((one) => one.env));
  const entries = Object.entries((parse(fileText) ?? {}) as Record<string, unknown>);
  const problems = entries
    .filter(([env]) => !known.has(env))
    .map(([env, value]) => ({ field: env, value: String(value), expected: 'a setting that exists; see the configuration table' }));
  if (problems.length > 0) throw new ImpactError('bad_configuration', 'the configuration file names unknown settings', { problems });
  return Object.fromEntries(entries.map(([env, value]) => [env, String(value)]));
}

/**
 * @param env environment variables; these win over the file
 * @param fileText text of an optional YAML file whose keys are the same names
 * @returns the frozen configuration
 * @throws ImpactError `bad_configuration` with every fault, secrets left out
 */
export function loadConfig(env: Source, fileText = ''): Config {
  const source = { ...fromFile(fileText), ...env };
  const problems: Problem[] = [];
  const entries = Object.entries(settings).map(([key, one]) => [key, read(one, source, problems)]);
  const config = Object.freeze(Object.fromEntries(entries)) as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) {
    const listed = problems.map((p) => `${p.field}="${p.value}" (expected ${p.expected})`).join('; ');
    throw new ImpactError('bad_configuration', `configuration: ${listed}`, { problems });
  }
  return config;
}
