/** Settings that say whom to trust and how to sign in: what is refused at the start, and that no secret is shown while it is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ImpactError, type Problem } from '../../src/domain/errors.ts';
import { type Certificate, certificateFolder, createAuthority } from '../support/secure-certificates.ts';

let folder: string;
let ca: string;
let [own, another]: Certificate[] = [];

beforeAll(() => {
  folder = certificateFolder();
  const authority = createAuthority(folder, 'config');
  ca = authority.caFile;
  [own, another] = [authority.issue('own'), authority.issue('another')];
});
afterAll(() => rmSync(folder, { recursive: true }));

function refusal(env: Record<string, string>, file = ''): { problems: readonly Problem[]; message: string } {
  try {
    loadConfig(env, file);
  } catch (error) {
    if (error instanceof ImpactError) return { problems: error.problems, message: error.message };
    throw error;
  }
  return { problems: [], message: '' };
}
const problemsOf = (env: Record<string, string>) => refusal(env).problems.map(({ field, expected }) => `${field}: ${expected}`);

const files = ['KAFKA_CA_FILE', 'SCHEMA_REGISTRY_CA_FILE', 'CLICKHOUSE_CA_FILE', 'DATABASE_CA_FILE', 'REDIS_CA_FILE'];

describe('a file of certificates', () => {
  it('is taken by its path for every component', () => {
    const env = {
      ...Object.fromEntries(files.map((name) => [name, ca])),
      KAFKA_TLS: 'true',
      KAFKA_CERT_FILE: own?.certificateFile ?? '',
      KAFKA_KEY_FILE: own?.keyFile ?? '',
      SCHEMA_REGISTRY_URL: 'https://registry:8081',
      CLICKHOUSE_URL: 'https://one:8443,https://two:8443',
      REDIS_URL: 'rediss://redis:6379/0',
    };
    const paths = { kafkaCaFile: ca, registryCaFile: ca, clickhouseCaFile: ca, databaseCaFile: ca, redisCaFile: ca };
    expect(loadConfig(env)).toMatchObject({ ...paths, kafkaKeyFile: own?.keyFile });
  });

  it('that is not there, or holds none, is a fault at the start, all of them at once', () => {
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, 'no certificate');
    const broken = join(folder, 'broken.pem');
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const env = { KAFKA_CA_FILE: '/nowhere.pem', CLICKHOUSE_CA_FILE: empty, REDIS_CA_FILE: broken, KAFKA_KEY_FILE: ca };
    expect(problemsOf(env).sort()).toEqual([
      'CLICKHOUSE_CA_FILE: empty, or a PEM file with certificates, this one holds no certificate',
      'KAFKA_CA_FILE: empty, or a PEM file with certificates, this one cannot be read (ENOENT)',
      'KAFKA_KEY_FILE: empty, or a PEM file with an unencrypted private key, this one holds no private key, or an encrypted one',
      'REDIS_CA_FILE: empty, or a PEM file with certificates, this one holds a broken certificate',
    ]);
  });

  it('named in DATABASE_URL is read as well', () => {
    const url = (query: string) => ({ DATABASE_URL: `postgresql://u:hunter2@host/db?${query}` });
    expect(loadConfig(url(`sslmode=verify-full&sslrootcert=${ca}`)).databaseUrl).toContain('sslrootcert');
    expect(problemsOf(url('sslrootcert=/nowhere.pem'))).toEqual([expect.stringContaining('this one cannot be read (ENOENT)')]);
    expect(problemsOf(url('sslmode=prefer'))).toEqual([expect.stringContaining('with sslmode one of disable, require')]);
  });
});

describe('settings of a connection that do not go together', () => {
  it('are an authority and plain text', () => {
    const env = Object.fromEntries(files.map((name) => [name, ca]));
    expect(problemsOf({ ...env, DATABASE_URL: 'postgresql://u@h/d?sslmode=disable' })).toEqual([
      'KAFKA_TLS: true, since KAFKA_CA_FILE is set',
      'SCHEMA_REGISTRY_URL: a URL starting with https://, since SCHEMA_REGISTRY_CA_FILE is set',
      'CLICKHOUSE_URL: URLs starting with https://, since CLICKHOUSE_CA_FILE is set',
      'DATABASE_URL: no sslmode, or verify-full, since DATABASE_CA_FILE is set',
      'REDIS_URL: a URL starting with rediss://, since REDIS_CA_FILE is set',
    ]);
  });

  it('are a certificate without its key, or with another', () => {
    const certificate = { KAFKA_TLS: 'true', KAFKA_CERT_FILE: own?.certificateFile ?? '' };
    expect(problemsOf(certificate)).toEqual(['KAFKA_KEY_FILE: the private key of KAFKA_CERT_FILE']);
    expect(problemsOf({ ...certificate, KAFKA_KEY_FILE: another?.keyFile ?? '' })).toEqual([
      'KAFKA_KEY_FILE: the private key of KAFKA_CERT_FILE',
    ]);
    expect(problemsOf({ KAFKA_KEY_FILE: own?.keyFile ?? '' })).toEqual(['KAFKA_CERT_FILE: the certificate of KAFKA_KEY_FILE']);
  });

  it('are a password and no mechanism to send it by, or the reverse', () => {
    expect(problemsOf({ KAFKA_PASSWORD: 'hunter2' })).toEqual([
      'KAFKA_SASL_MECHANISM: plain, scram-sha-256 or scram-sha-512, since KAFKA_PASSWORD is set',
    ]);
    expect(problemsOf({ KAFKA_SASL_MECHANISM: 'plain' })).toHaveLength(2);
  });
});

it('is taken as docs/operating.md shows it', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')) ?? [];
  const secrets = {
    KAFKA_PASSWORD: 'p',
    REDIS_URL: 'rediss://u:p%40ss@redis.example.com:6379/0',
    DATABASE_URL: 'postgresql://u:p%40ss@h/d',
  };
  const config = loadConfig(secrets, example.replaceAll('/etc/impactstream/ca.pem', ca));
  expect(config).toMatchObject({ kafkaTls: true, kafkaSaslMechanism: 'scram-sha-512', clickhouseCaFile: ca, databaseCaFile: ca });
});

describe('a secret', () => {
  const shown = (env: Record<string, string>, file?: string): string => JSON.stringify(refusal(env, file));

  it('in a URL that has no place for it is refused and not shown', () => {
    for (const name of ['SCHEMA_REGISTRY_URL', 'CLICKHOUSE_URL']) {
      expect(problemsOf({ [name]: 'https://user:hunter2@host' })).toEqual([expect.stringContaining('settings of their own')]);
      expect(shown({ [name]: 'https://user:hunter2@host' })).not.toContain('hunter2');
    }
    expect(shown({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:hunter2@host' })).toContain('ftp://(secret)@host');
  });

  it('is not shown where a key stands instead of its path', () => {
    const text = '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----';
    expect(problemsOf({ KAFKA_KEY_FILE: text })).toEqual([expect.stringContaining('its content, not its path')]);
    expect(shown({ KAFKA_KEY_FILE: text })).not.toContain('hunter2');
  });

  it('is not shown by a fault of the file that holds it: a misspelt name, or broken YAML', () => {
    expect(shown({}, 'KAFKA_PASWORD: hunter2')).toContain('KAFKA_PASWORD');
    expect(shown({}, 'KAFKA_PASWORD: hunter2')).not.toContain('hunter2');
    expect(shown({}, 'API_PORT: 8000\nKAFKA_PASSWORD: "hunter2')).toMatch(/is no YAML: line 2/);
    expect(shown({}, 'API_PORT: 8000\nKAFKA_PASSWORD: "hunter2')).not.toContain('hunter2');
  });
});
