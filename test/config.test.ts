import { describe, expect, it } from 'vitest';
import { loadConfig, settings } from '../src/config.ts';
import { ImpactError } from '../src/domain/errors.ts';

function faultsOf(env: Record<string, string>, file = ''): readonly { field: string; value: string; expected: string }[] {
  try {
    loadConfig(env, file);
  } catch (error) {
    if (error instanceof ImpactError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has a valid default for every setting and is frozen', () => {
    const config = loadConfig({});
    expect(Object.keys(config).sort()).toEqual(Object.keys(settings).sort());
    expect(Object.isFrozen(config)).toBe(true);
    expect(config.targetRoiPercent).toBe(710);
    expect(config.apiHost).toBe('127.0.0.1');
  });

  it('keeps the meaning of the names that the seed documents use', () => {
    const config = loadConfig({
      DATABASE_URL: 'postgresql://user:pass@host:5432/db',
      REDIS_URL: 'redis://localhost:6379/0',
      SMTP_SERVER: 'smtp.example.com',
      SMTP_PORT: '587',
      TARGET_ROI_PERCENTAGE: '700',
      TARGET_WEBSOCKET_LATENCY: '40',
      TARGET_ERROR_RATE: '0.5',
    });
    expect(config).toMatchObject({
      smtpServer: 'smtp.example.com',
      smtpPort: 587,
      targetRoiPercent: 700,
      targetWebsocketLatencyMs: 40,
      targetErrorRatePercent: 0.5,
    });
  });

  it('refuses brokers without a port and levels that do not exist, rather than fail at them later', () => {
    expect(loadConfig({ KAFKA_BROKERS: 'a:9092, [::1]:9093' }).kafkaBrokers).toEqual(['a:9092', '[::1]:9093']);
    expect(loadConfig({ LOG_LEVELS: 'store=debug, api=warn' }).logLevels).toEqual(['store=debug', 'api=warn']);
    for (const wrong of ['kafka', '', 'http://a:9092', 'a:9092,b', 'user:secret@a:9092'])
      expect(faultsOf({ KAFKA_BROKERS: wrong }), wrong).toMatchObject([{ field: 'KAFKA_BROKERS', value: wrong }]);
    for (const wrong of ['store', 'store=loud', 'store:debug'])
      expect(faultsOf({ LOG_LEVELS: wrong })).toMatchObject([{ field: 'LOG_LEVELS' }]);
  });

  it('takes times of day as minutes after midnight', () => {
    const config = loadConfig({ REPORT_DAILY_AT: '09:00', REPORT_WEEKLY_AT: '23:59', REPORT_MONTHLY_AT: 'off' });
    expect([config.reportDailyAt, config.reportWeeklyAt, config.reportMonthlyAt]).toEqual([540, 1439, null]);
    for (const wrong of ['24:00', '9:00', 'noon'])
      expect(faultsOf({ REPORT_DAILY_AT: wrong })).toMatchObject([{ field: 'REPORT_DAILY_AT' }]);
  });

  it('takes one ClickHouse server of each shard', () => {
    expect(loadConfig({ CLICKHOUSE_URL: 'http://one:8123, https://two:8443' }).clickhouseUrl).toBe('http://one:8123,https://two:8443');
    expect(faultsOf({ CLICKHOUSE_URL: 'http://one:8123,two' }).map(({ field }) => field)).toEqual(['CLICKHOUSE_URL']);
  });

  it('takes the names that OpenTelemetry has for where traces go, with decoded headers', () => {
    expect(loadConfig({})).toMatchObject({ otlpEndpoint: '', otlpHeaders: {}, otelSampledShare: 1 });
    const config = loadConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc=, x-tenant = one,',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    expect(config.otlpEndpoint).toBe('https://collector:4318/otlp');
    expect(config.otlpHeaders).toEqual({ authorization: 'Bearer abc=', 'x-tenant': 'one' });
    expect(config.otelSampledShare).toBe(0.25);
    for (const headers of ['hunter2', '=hunter2', 'a=%hunter2'])
      expect(faultsOf({ OTEL_EXPORTER_OTLP_HEADERS: headers })).toMatchObject([{ field: 'OTEL_EXPORTER_OTLP_HEADERS', value: '(secret)' }]);
    expect(faultsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_TRACES_SAMPLER_ARG: '2' })).toHaveLength(2);
  });

  it.each(['redis://primary:6379,secondary:6379/0', 'rediss://user:p%40ss@redis.example.com:6380/1', 'redis://h', 'redis://[::1]:6379/0'])(
    'takes the Redis URL %s',
    (url) => {
      expect(loadConfig({ REDIS_URL: url }).redisUrl).toBe(url);
    },
  );

  it('refuses Redis URLs that lead nowhere', () => {
    for (const url of ['', 'http://h', 'redis://', 'redis://a,,b', 'redis://a:b', 'redis://h/x'])
      expect(faultsOf({ REDIS_URL: url }).map(({ field, value }) => [field, value])).toEqual([['REDIS_URL', '(secret)']]);
  });

  it('lists every fault at once, with the value and what would be right', () => {
    const faults = faultsOf({ API_PORT: '99999', KAFKA_TLS: 'yes', TIME_ZONE: 'Mars/Olympus', STORE_FLUSH_MS: '' });
    expect(faults.map(({ field }) => field).sort()).toEqual(['API_PORT', 'KAFKA_TLS', 'STORE_FLUSH_MS', 'TIME_ZONE']);
    expect(faults.find(({ field }) => field === 'API_PORT')).toEqual({
      field: 'API_PORT',
      value: '99999',
      expected: 'a whole number from 0 to 65535',
    });
  });

  it('never shows a secret, not even a wrong one', () => {
    const [fault] = faultsOf({ DATABASE_URL: 'mysql://root:hunter2@db/x' });
    expect(fault).toMatchObject({ field: 'DATABASE_URL', value: '(secret)' });
    expect(() => loadConfig({ DATABASE_URL: 'mysql://root:hunter2@db/x' })).toThrow(/^((?!hunter2).)*$/);
  });

  it('refuses settings that contradict each other', () => {
    expect(faultsOf({ KAFKA_SASL_MECHANISM: 'plain' }).map(({ field }) => field)).toEqual(['KAFKA_USERNAME', 'KAFKA_PASSWORD']);
    expect(faultsOf({ KAFKA_REPLICATION: '1', KAFKA_MIN_IN_SYNC: '2' }).map(({ field }) => field)).toEqual(['KAFKA_MIN_IN_SYNC']);
    expect(faultsOf({ RETENTION_RAW_DAYS: '91' }).map(({ field }) => field)).toEqual(['RETENTION_MINUTE_DAYS']);
  });

  it('reads a file of the same names, under the environment, and refuses unknown names in it', () => {
    const config = loadConfig({ API_PORT: '9000' }, 'API_PORT: 8500\nTARGET_ROI_PERCENTAGE: 650\n');
    expect(config.apiPort).toBe(9000);
    expect(config.targetRoiPercent).toBe(650);
    expect(faultsOf({}, 'API_PROT: 1').map(({ field }) => field)).toEqual(['API_PROT']);
  });

  it('refuses files that are not there and webhooks that are no URL, rather than fail at them later', () => {
    expect(faultsOf({ RULES_FILE: '/nowhere.yaml', WEB_LOGO_FILE: '/nowhere.svg' })).toMatchObject([
      { field: 'WEB_LOGO_FILE', value: '/nowhere.svg', expected: 'empty, or a file that can be read, this one cannot be read (ENOENT)' },
      { field: 'RULES_FILE', value: '/nowhere.yaml' },
    ]);
    expect(faultsOf({ SLACK_WEBHOOK_URL: 'hooks.slack.com/hunter2' })).toMatchObject([{ field: 'SLACK_WEBHOOK_URL', value: '(secret)' }]);
  });

  it('takes what a file says as it is written: digits, lists, and nothing', () => {
    const file = 'KAFKA_SASL_MECHANISM: plain\nKAFKA_USERNAME: 007\nKAFKA_PASSWORD: 0123\nIMPACT_NAMESPACE:\nKAFKA_BROKERS: [a:1, b:2]\n';
    const config = loadConfig({}, file);
    expect([config.kafkaUsername, config.kafkaPassword, config.namespace]).toEqual(['007', '0123', '']);
    expect(config.kafkaBrokers).toEqual(['a:1', 'b:2']);
    for (const empty of ['', '# nothing yet', '\n']) expect(faultsOf({}, empty)).toEqual([]);
  });

  it('lists the faults of a file together with all others, names what a misspelt name may have meant, and shows no value of it', () => {
    const faults = faultsOf({ KAFKA_TLS: 'yes' }, 'KAFKA_PASWORD: hunter2\nFAVOURITE: 1\nAPI_PORT: {a: hunter2}\n');
    expect(faults.map(({ field }) => field)).toEqual(['KAFKA_PASWORD', 'FAVOURITE', 'API_PORT', 'KAFKA_TLS']);
    expect(faults.map(({ expected }) => expected)).toMatchObject([
      'a setting that exists, perhaps KAFKA_PASSWORD; see the configuration table',
      'a setting that exists; see the configuration table',
      'one value, or a list of them',
      'true or false',
    ]);
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });

  it.each(['- API_PORT', 'API_PORT'])('refuses the file %s, which holds no settings', (file) => {
    expect(() => loadConfig({}, file)).toThrow(/holds no settings: expected lines such as/);
  });
});
