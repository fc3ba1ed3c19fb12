/** Environment variables (and an optional YAML file of the same names) -> one frozen Config, every fault listed at once. */
import { parse, type YAMLParseError } from 'yaml';
import { anyUrl, certificates, postgresUrl, privateKey, readableFile, redisUrl, url, urls } from './config/connections.ts';
import { contradictions } from './config/contradictions.ts';
import { costSettings } from './config/costs.ts';
import { deploySettings } from './config/deploy.ts';
import {
  brokers,
  choice,
  color,
  flag,
  mailAddresses,
  moduleLevels,
  name,
  number,
  pairs,
  port,
  Refusal,
  type Setting,
  text,
  timeOfDay,
  timeZone,
  whole,
  windows,
} from './config/kinds.ts';
import { notifySettings } from './config/notify.ts';
import { suggestion } from './config/suggestion.ts';
import { ImpactError, type Problem } from './domain/errors.ts';

/** Every setting there is. The key is its name in `Config`. */
export const settings = {
  namespace: name(
    'IMPACT_NAMESPACE',
    '',
    'Prefix of every topic, consumer group, database, schema and key, so that several installations share components',
  ),
  logLevel: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])('LOG_LEVEL', 'info', 'Least severe log line written'),
  logLevels: moduleLevels('LOG_LEVELS', '', 'Level for single modules'),
  logPretty: choice(['auto', 'true', 'false'])('LOG_PRETTY', 'auto', 'Readable lines instead of JSON; auto: on a terminal'),

  kafkaBrokers: brokers('KAFKA_BROKERS', '127.0.0.1:19092', 'Bootstrap brokers, host:port each'),
  kafkaTls: flag('KAFKA_TLS', 'false', 'TLS to the brokers'),
  kafkaCaFile: certificates('KAFKA_CA_FILE', '', 'Certificate authority of the brokers; empty: the public ones'),
  kafkaCertFile: certificates('KAFKA_CERT_FILE', '', 'Our certificate, for brokers that ask for one'),
  kafkaKeyFile: privateKey('KAFKA_KEY_FILE', '', 'The private key of KAFKA_CERT_FILE'),
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

  registryUrl: url('SCHEMA_REGISTRY_URL', 'http://127.0.0.1:18081/apis/ccompat/v7', 'Schema registry, Confluent API'),
  registryCaFile: certificates('SCHEMA_REGISTRY_CA_FILE', '', 'Certificate authority of the registry; empty: the public ones'),
  registryUsername: text('SCHEMA_REGISTRY_USERNAME', '', 'User name for the registry'),
  registryPassword: text('SCHEMA_REGISTRY_PASSWORD', '', 'Password for the registry', { secret: true }),

  clickhouseUrl: urls('CLICKHOUSE_URL', 'http://127.0.0.1:18123', 'ClickHouse over HTTP(S); in a cluster, one server of each shard'),
  clickhouseCaFile: certificates('CLICKHOUSE_CA_FILE', '', 'Certificate authority of ClickHouse; empty: the public ones'),
  clickhouseUsername: text('CLICKHOUSE_USERNAME', 'default', 'ClickHouse user'),
  clickhousePassword: text('CLICKHOUSE_PASSWORD', '', 'ClickHouse password', { secret: true }),
  clickhouseDatabase: name('CLICKHOUSE_DATABASE', 'impact', 'Database; the namespace is appended to it'),
  clickhouseCluster: name('CLICKHOUSE_CLUSTER', '', 'Name of the ClickHouse cluster; empty: one server'),
  clickhouseReplicated: flag('CLICKHOUSE_REPLICATED', 'false', 'Replicated engines (the cluster needs Keeper)'),

  databaseUrl: postgresUrl(
    'DATABASE_URL',
    'postgresql://impact:impact@127.0.0.1:15432/impact',
    'Postgres; sslmode or DATABASE_CA_FILE turns TLS on, and the certificate is checked unless sslmode is no-verify',
    { secret: true },
  ),
  databaseCaFile: certificates(
    'DATABASE_CA_FILE',
    '',
    'Certificate authority of Postgres; empty: that of sslrootcert in DATABASE_URL, else the public ones',
  ),
  redisUrl: redisUrl(
    'REDIS_URL',
    'redis://127.0.0.1:16379/0',
    'Redis; rediss: for TLS; several hosts after commas, of which the first primary is used',
    { secret: true },
  ),
  redisCaFile: certificates('REDIS_CA_FILE', '', 'Certificate authority of Redis; empty: the public ones'),
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
  webTitle: text('WEB_TITLE', 'impactstream', 'Name of the dashboard'),
  webLogoFile: readableFile('WEB_LOGO_FILE', '', 'SVG or PNG file shown beside it; empty: its own'),
  webAccentColor: color('WEB_ACCENT_COLOR', '#3b5bdb', 'Colour of the dashboard; made lighter or darker where it could not be read'),
  chromiumPath: text('CHROMIUM_PATH', '/usr/bin/chromium', 'The browser that draws PDF reports; without one there are none'),
  timeZone: timeZone('TIME_ZONE', 'UTC', 'Zone in which business days begin and end'),

  storeFlushRows: whole(1, 5_000_000)('STORE_FLUSH_ROWS', '90000', 'Rows that make an insert due'),
  storeFlushBytes: whole(1_000, 2_000_000_000)(
    'STORE_FLUSH_BYTES',
    '67108864',
    'Buffered bytes that make an insert due; twice this stops fetching',
  ),
  storeFlushMs: whole(10, 600_000)('STORE_FLUSH_MS', '500', 'Age of the oldest buffered event that makes an insert due'),
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
  rolloutIntervalMs: whole(100, 86_400_000)('ROLLOUT_INTERVAL_MS', '60000', 'How often rollout plans are looked at'),
  rulesFile: readableFile('RULES_FILE', '', 'YAML file of alert rules that is imported at start'),

  targetRoiPercent: number(-100, 1_000_000)('TARGET_ROI_PERCENTAGE', '710', 'ROI target, percent'),
  targetWebsocketLatencyMs: number(0, 1e6)('TARGET_WEBSOCKET_LATENCY', '50', 'WebSocket latency target, ms'),
  targetMlInferenceMs: number(0, 1e6)('TARGET_ML_INFERENCE', '35', 'ML inference latency target, ms'),
  targetVisionAnalysisMs: number(0, 1e6)('TARGET_VISION_ANALYSIS', '1500', 'Vision analysis latency target, ms'),
  targetCoachingAnalysisMs: number(0, 1e6)('TARGET_COACHING_ANALYSIS', '2000', 'Coaching analysis latency target, ms'),
  targetErrorRatePercent: number(0, 100)('TARGET_ERROR_RATE', '1.0', 'Error rate target, percent'),
  targetUptimePercent: number(0, 100)('TARGET_UPTIME', '99.9', 'Uptime target, percent'),
  targetAdoptionPercent: number(0, 100)('TARGET_ADOPTION', '80', 'Adoption target, percent'),

  roiSharedCosts: choice(['value', 'usage', 'even'])(
    'ROI_SHARED_COSTS',
    'value',
    'How costs that name no feature are spread over the features in use: by what they earned, by how often they were used, or evenly',
  ),
  roiPropertyProjection: choice(['75000-150000', '45000-60000'])(
    'ROI_PROPERTY_PROJECTION',
    '75000-150000',
    'What Property Intelligence is projected to be worth a year, US dollars: the documents name both',
  ),
  roiIntervalMs: whole(100, 86_400_000)(
    'ROI_INTERVAL_MS',
    '300000',
    'How often the ROI of today is calculated, and changes of other days are looked for',
  ),
  roiRecalculateDays: whole(1, 4_000)('ROI_RECALCULATE_DAYS', '400', 'How many days back changes are looked for'),

  ...costSettings,

  ...notifySettings,
  ...deploySettings,

  reportDailyAt: timeOfDay('REPORT_DAILY_AT', '09:00', 'When the report about the day before is made, in TIME_ZONE'),
  reportWeeklyAt: timeOfDay('REPORT_WEEKLY_AT', '10:00', 'When the report about the week before is made, on Mondays'),
  reportMonthlyAt: timeOfDay('REPORT_MONTHLY_AT', '10:00', 'When the report about the month before is made, on the first of the month'),
  reportQuarterlyAt: timeOfDay(
    'REPORT_QUARTERLY_AT',
    '10:00',
    'When the report about the quarter before is made, on the first of a quarter',
  ),
  reportDailyTo: mailAddresses('REPORT_DAILY_TO', 'ops-team@company.com,product@company.com', 'Who gets the daily report by mail'),
  reportWeeklyTo: mailAddresses('REPORT_WEEKLY_TO', 'executives@company.com,leadership@company.com', 'Who gets the weekly report by mail'),
  reportMonthlyTo: mailAddresses(
    'REPORT_MONTHLY_TO',
    'executives@company.com,leadership@company.com',
    'Who gets the monthly report by mail',
  ),
  reportQuarterlyTo: mailAddresses(
    'REPORT_QUARTERLY_TO',
    'executives@company.com,leadership@company.com',
    'Who gets the quarterly report by mail',
  ),
  reportSlackChannel: text('REPORT_SLACK_CHANNEL', '#phase3-reports', 'Slack channel of the reports; empty: none'),
  reportCatchUpDays: whole(0, 366)(
    'REPORT_CATCH_UP_DAYS',
    '7',
    'Reports that were missed are made up for if they were due in so many days; the newest always is',
  ),
  monitorIntervalMs: whole(1_000, 86_400_000)('MONITOR_INTERVAL_MS', '300000', 'How often thresholds and the system itself are checked'),
  monitorSlackChannel: text(
    'MONITOR_SLACK_CHANNEL',
    '#phase3-alerts',
    'Slack channel that hears when the system itself is in trouble; empty: none',
  ),
} as const;

type Settings = typeof settings;
export type Config = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

type Source = Record<string, string | undefined>;

/** A password in a URL is not shown, nor a key that stands where its path should. */
const shown = (one: Setting<unknown>, value: string): string =>
  one.secret || value.includes('-----BEGIN') ? '(secret)' : value.replace(/\/\/[^/]*@/g, '//(secret)@');

function read(one: Setting<unknown>, source: Source, problems: Problem[]): unknown {
  const value = source[one.env] ?? one.fallback;
  try {
    return one.parse(value);
  } catch (error) {
    const why = error instanceof Refusal && error.message !== '' ? `, ${error.message}` : '';
    problems.push({ field: one.env, value: shown(one, value), expected: `${one.expected}${why}` });
    return undefined;
  }
}

/** The parser's own message would repeat the line that it stumbles over, password and all. */
function parsed(fileText: string): Record<string, unknown> {
  let found: unknown;
  try {
    // Every value as it is written: a password of digits is no number, and a name without a value is empty and not null.
    found = parse(fileText, { schema: 'failsafe' }) ?? {};
  } catch (error) {
    const { linePos, code } = error as YAMLParseError;
    throw new ImpactError('bad_configuration', `the configuration file is no YAML: line ${linePos?.[0].line}, ${code}`);
  }
  if (typeof found === 'object' && !Array.isArray(found)) return found as Record<string, unknown>;
  if (found === '') return {};
  throw new ImpactError('bad_configuration', 'the configuration file holds no settings: expected lines such as API_PORT: 8000');
}

const known: ReadonlySet<string> = new Set(Object.values(settings).map(({ env }) => env));

/** What is wrong with one line of the file. It is not shown: it may hold a secret under a misspelt name. */
function lineFault(env: string, value: unknown): Problem[] {
  const problem = (expected: string): Problem[] => [{ field: env, value: '(not shown)', expected }];
  if (!known.has(env)) return problem(`a setting that exists${suggestion(env, known)}; see the configuration table`);
  const plain = [value].flat().every((one) => typeof one === 'string');
  return plain ? [] : problem('one value, or a list of them');
}

function fromFile(fileText: string, problems: Problem[]): Source {
  const entries = Object.entries(parsed(fileText));
  const faults = new Map(entries.map(([env, value]) => [env, lineFault(env, value)]));
  problems.push(...[...faults.values()].flat());
  return Object.fromEntries(entries.filter(([env]) => faults.get(env)?.length === 0).map(([env, value]) => [env, String(value)]));
}

/**
 * @param env environment variables; these win over the file
 * @param fileText text of an optional YAML file whose keys are the same names
 * @returns the frozen configuration
 * @throws ImpactError `bad_configuration` with every fault, secrets left out
 */
export function loadConfig(env: Source, fileText = ''): Config {
  const problems: Problem[] = [];
  const source = { ...fromFile(fileText, problems), ...env };
  const entries = Object.entries(settings).map(([key, one]) => [key, read(one, source, problems)]);
  const config = Object.freeze(Object.fromEntries(entries)) as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) {
    const listed = problems.map((p) => `${p.field}="${p.value}" (expected ${p.expected})`).join('; ');
    throw new ImpactError('bad_configuration', `the configuration is not valid: ${listed}`, { problems });
  }
  return config;
}
