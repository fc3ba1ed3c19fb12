/** Faults between settings that are each valid by themselves. */
import type { Config } from '../config.ts';
import type { Problem } from '../domain/errors.ts';
import { keyBelongs } from './connections.ts';

type Fault = Problem | false;
const fault = (field: string, value: string, expected: string): Problem => ({ field, value, expected });

function amounts({ kafkaMinInSync, kafkaReplication, retentionMinuteDays, retentionRawDays }: Config): Fault[] {
  return [
    kafkaMinInSync > kafkaReplication &&
      fault('KAFKA_MIN_IN_SYNC', String(kafkaMinInSync), `at most KAFKA_REPLICATION, ${kafkaReplication}`),
    retentionMinuteDays < retentionRawDays &&
      fault('RETENTION_MINUTE_DAYS', String(retentionMinuteDays), `at least RETENTION_RAW_DAYS, ${retentionRawDays}`),
  ];
}

function kafkaSigningIn({ kafkaSaslMechanism: mechanism, kafkaUsername, kafkaPassword }: Config): Fault[] {
  if (mechanism !== 'none')
    return [
      kafkaUsername === '' && fault('KAFKA_USERNAME', '', `a user name, since KAFKA_SASL_MECHANISM is ${mechanism}`),
      kafkaPassword === '' && fault('KAFKA_PASSWORD', '', `a password, since KAFKA_SASL_MECHANISM is ${mechanism}`),
    ];
  const unused = kafkaUsername !== '' ? 'KAFKA_USERNAME' : kafkaPassword !== '' ? 'KAFKA_PASSWORD' : '';
  return [unused !== '' && fault('KAFKA_SASL_MECHANISM', mechanism, `plain, scram-sha-256 or scram-sha-512, since ${unused} is set`)];
}

function kafkaCertificate({ kafkaCertFile: certificate, kafkaKeyFile: key }: Config): Fault[] {
  return [
    certificate === '' && key !== '' && fault('KAFKA_CERT_FILE', '', 'the certificate of KAFKA_KEY_FILE'),
    key === '' && certificate !== '' && fault('KAFKA_KEY_FILE', '', 'the private key of KAFKA_CERT_FILE'),
    certificate !== '' && key !== '' && !keyBelongs(certificate, key) && fault('KAFKA_KEY_FILE', key, 'the private key of KAFKA_CERT_FILE'),
  ];
}

/** An authority is named by someone who means to be safe: then nothing may travel in plain text. */
function plainText(config: Config): Fault[] {
  const forKafka = config.kafkaCaFile !== '' ? 'KAFKA_CA_FILE' : config.kafkaCertFile !== '' ? 'KAFKA_CERT_FILE' : '';
  const mode = new URL(config.databaseUrl).searchParams.get('sslmode');
  const plainClickHouse = config.clickhouseUrl.split(',').find((url) => url.startsWith('http:'));
  return [
    !config.kafkaTls && forKafka !== '' && fault('KAFKA_TLS', 'false', `true, since ${forKafka} is set`),
    config.registryCaFile !== '' &&
      config.registryUrl.startsWith('http:') &&
      fault('SCHEMA_REGISTRY_URL', config.registryUrl, 'a URL starting with https://, since SCHEMA_REGISTRY_CA_FILE is set'),
    config.clickhouseCaFile !== '' &&
      plainClickHouse !== undefined &&
      fault('CLICKHOUSE_URL', plainClickHouse, 'URLs starting with https://, since CLICKHOUSE_CA_FILE is set'),
    config.databaseCaFile !== '' &&
      (mode === 'disable' || mode === 'no-verify') &&
      fault('DATABASE_URL', `sslmode=${mode}`, 'no sslmode, or verify-full, since DATABASE_CA_FILE is set'),
    config.redisCaFile !== '' &&
      config.redisUrl.startsWith('redis:') &&
      fault('REDIS_URL', '(secret)', 'a URL starting with rediss://, since REDIS_CA_FILE is set'),
  ];
}

/** Every fault of a configuration whose single settings are valid. */
export function contradictions(config: Config): Problem[] {
  const faults = [...amounts(config), ...kafkaSigningIn(config), ...kafkaCertificate(config), ...plainText(config)];
  return faults.filter((one) => one !== false);
}
