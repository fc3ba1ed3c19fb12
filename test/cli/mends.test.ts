import { describe, expect, it } from 'vitest';
import { mendOf, protectionOf } from '../../src/cli/mends.ts';
import { loadConfig } from '../../src/config.ts';

const tls: Record<string, string> = {
  KAFKA_TLS: 'true',
  SCHEMA_REGISTRY_URL: 'https://registry.example.com',
  CLICKHOUSE_URL: 'https://clickhouse.example.com:8443',
  DATABASE_URL: 'postgresql://u:p@postgres.example.com/impact?sslmode=verify-full',
  REDIS_URL: 'rediss://:p@redis.example.com/0',
};
const mend = (what: string, said: string, env: Record<string, string> = {}) => mendOf(what, said, loadConfig(env));

const components = [
  { what: 'kafka', ca: 'KAFKA_CA_FILE', on: 'KAFKA_TLS=true', credentials: 'KAFKA_PASSWORD' },
  { what: 'registry', ca: 'SCHEMA_REGISTRY_CA_FILE', on: 'https://', credentials: 'SCHEMA_REGISTRY_PASSWORD' },
  { what: 'clickhouse', ca: 'CLICKHOUSE_CA_FILE', on: 'https://', credentials: 'CLICKHOUSE_PASSWORD' },
  { what: 'postgres', ca: 'DATABASE_CA_FILE', on: 'sslmode=verify-full', credentials: 'DATABASE_URL' },
  { what: 'redis', ca: 'REDIS_CA_FILE', on: 'rediss://', credentials: 'REDIS_URL' },
];

describe.each(components)('what to do about $what', ({ what, ca, on, credentials }) => {
  it('whose certificate is not trusted: name its authority', () => {
    expect(mend(what, 'unable to verify the first certificate', tls)).toContain(`PEM file in ${ca}`);
    expect(mend(what, 'self-signed certificate in certificate chain', tls)).toContain(`PEM file in ${ca}`);
  });

  it('whose certificate is for another name, or out of date', () => {
    expect(mend(what, "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1", tls)).toContain('is for other names');
    expect(mend(what, 'certificate has expired', tls)).toContain('renew it');
  });

  it('that hangs up on plain text: turn TLS on', () => {
    for (const said of [
      'Closed connection',
      'socket hang up',
      'other side closed',
      'read ECONNRESET',
      'no pg_hba.conf entry, no encryption',
    ])
      expect(mend(what, said)).toContain(on);
  });

  it('that speaks no TLS: turn it off, or take the other port', () => {
    expect(mend(what, 'write EPROTO: wrong version number', tls)).toContain('speaks no TLS on this port');
  });

  it('that does not know us: look at user and password', () => {
    for (const said of ['password authentication failed for user "u"', 'WRONGPASS invalid', 'NOAUTH', '/subjects: 401 who?'])
      expect(mend(what, said, tls)).toContain(credentials);
  });

  it('that does not answer: is it running?', () => {
    expect(mend(what, 'connect ECONNREFUSED 127.0.0.1:1')).toContain('is it running');
    expect(mend(what, 'no answer within 10 s', tls)).toMatch(/is it running.*no TLS may also wait/);
  });

  it('is asked for by what it is reached through', () => {
    expect([protectionOf(what, loadConfig({})), protectionOf(what, loadConfig(tls))]).toEqual([', without TLS', ', over TLS']);
  });
});

describe('what to do about brokers', () => {
  const signedIn = { ...tls, KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p' };

  it('that know no such mechanism, or no SASL at all', () => {
    expect(mend('kafka', 'The broker does not support the requested SASL mechanism', signedIn)).toContain('choose a KAFKA_SASL_MECHANISM');
    expect(mend('kafka', 'Request is not valid given the current SASL state', signedIn)).toContain('none, where it has no SASL');
  });

  it('that want us to sign in, or a certificate', () => {
    expect(mend('kafka', 'Closed connection', tls)).toContain('set KAFKA_SASL_MECHANISM');
    expect(mend('kafka', 'ssl/tls alert bad certificate', signedIn)).toContain('KAFKA_CERT_FILE and KAFKA_KEY_FILE');
    expect(mend('kafka', 'Closed connection', signedIn)).toContain('KAFKA_CERT_FILE and KAFKA_KEY_FILE');
  });
});

describe('what to do about an authority that did not sign it', () => {
  it('is another one', () => {
    const config = { ...loadConfig(tls), redisCaFile: 'own.pem' };
    expect(mendOf('redis', 'unable to verify the first certificate', config)).toContain('another authority than that in REDIS_CA_FILE');
  });
});

it('there is nothing to say about what is no component', () => {
  expect(mend('weather', 'away')).toBeUndefined();
  expect(protectionOf('weather', loadConfig({}))).toBe('');
});
