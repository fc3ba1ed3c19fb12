/** What to do about each fault that `impact check` may see: by what the connection said, and by how it is configured. */
import type { Config } from '../config.ts';

type Component = 'kafka' | 'registry' | 'clickhouse' | 'postgres' | 'redis';

/** How the settings of a component are called. */
type Names = { place: string; ca: string; withTls: string; withoutTls: string; credentials: string; otherwise: string };

const names: Record<Component, Names> = {
  kafka: {
    place: 'KAFKA_BROKERS',
    ca: 'KAFKA_CA_FILE',
    withTls: 'KAFKA_TLS=true',
    withoutTls: 'KAFKA_TLS=false',
    credentials: 'KAFKA_USERNAME and KAFKA_PASSWORD; with SCRAM a user has a password for each KAFKA_SASL_MECHANISM',
    otherwise: 'is KAFKA_BROKERS right? With TLS or SASL see KAFKA_TLS, KAFKA_SASL_MECHANISM, KAFKA_USERNAME',
  },
  registry: {
    place: 'SCHEMA_REGISTRY_URL',
    ca: 'SCHEMA_REGISTRY_CA_FILE',
    withTls: 'https:// in SCHEMA_REGISTRY_URL',
    withoutTls: 'http:// in SCHEMA_REGISTRY_URL',
    credentials: 'SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD',
    otherwise: 'does SCHEMA_REGISTRY_URL include the path of the Confluent API, for example /apis/ccompat/v7?',
  },
  clickhouse: {
    place: 'CLICKHOUSE_URL',
    ca: 'CLICKHOUSE_CA_FILE',
    withTls: 'https:// in CLICKHOUSE_URL, and the port for it, as a rule 8443',
    withoutTls: 'http:// in CLICKHOUSE_URL',
    credentials: 'CLICKHOUSE_USERNAME and CLICKHOUSE_PASSWORD',
    otherwise: 'are CLICKHOUSE_URL, CLICKHOUSE_USERNAME and CLICKHOUSE_PASSWORD right?',
  },
  postgres: {
    place: 'DATABASE_URL',
    ca: 'DATABASE_CA_FILE',
    withTls: 'sslmode=verify-full in DATABASE_URL, or DATABASE_CA_FILE',
    withoutTls: 'neither sslmode in DATABASE_URL nor DATABASE_CA_FILE',
    credentials: 'user and password in DATABASE_URL, percent-encoded',
    otherwise: 'is DATABASE_URL right (postgresql://user:password@host:port/database)?',
  },
  redis: {
    place: 'REDIS_URL',
    ca: 'REDIS_CA_FILE',
    withTls: 'rediss:// in REDIS_URL',
    withoutTls: 'redis:// in REDIS_URL',
    credentials: 'user and password in REDIS_URL, percent-encoded',
    otherwise: 'is REDIS_URL right (redis://host:port/0, rediss:// for TLS)?',
  },
};

const usesTls: Record<Component, (config: Config) => boolean> = {
  kafka: ({ kafkaTls }) => kafkaTls,
  registry: ({ registryUrl }) => registryUrl.startsWith('https:'),
  clickhouse: ({ clickhouseUrl }) => clickhouseUrl.startsWith('https:'),
  postgres: ({ databaseUrl, databaseCaFile }) => databaseCaFile !== '' || /[?&](sslmode=(?!disable)|ssl=(true|1))/.test(databaseUrl),
  redis: ({ redisUrl }) => redisUrl.startsWith('rediss:'),
};

const caFileOf: Record<Component, (config: Config) => string> = {
  kafka: ({ kafkaCaFile }) => kafkaCaFile,
  registry: ({ registryCaFile }) => registryCaFile,
  clickhouse: ({ clickhouseCaFile }) => clickhouseCaFile,
  postgres: ({ databaseCaFile }) => databaseCaFile,
  redis: ({ redisCaFile }) => redisCaFile,
};

type Mend = (names: Names, component: Component, config: Config) => string;

const otherwise: Mend = (own) => `is it running (\`npx impact stack status\`)? If so, ${own.otherwise}`;

const untrusted: Mend = (own, component, config) =>
  caFileOf[component](config) === ''
    ? `an authority signed its certificate that is not trusted here: name that authority’s PEM file in ${own.ca}`
    : `another authority than that in ${own.ca} signed its certificate: put the right one there`;

/** Servers do not say that they expected something else before they hang up, or wait for the rest of it. */
const hungUp: Mend = (own, component, config) => {
  if (!usesTls[component](config)) return `it hangs up on plain text. If it expects TLS: ${own.withTls}`;
  if (component !== 'kafka') return otherwise(own, component, config);
  return config.kafkaSaslMechanism === 'none'
    ? 'it hangs up on who does not sign in: set KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD, or KAFKA_CERT_FILE and KAFKA_KEY_FILE'
    : 'it hangs up: perhaps it wants a certificate of ours (KAFKA_CERT_FILE and KAFKA_KEY_FILE), or has no SASL (KAFKA_SASL_MECHANISM=none)';
};

const silent: Mend = (own, component, config) =>
  `${otherwise(own, component, config)} A server that speaks no TLS may also wait for ever: then ${own.withoutTls}`;

/** What connections say, the telling signs first. */
const signs: [sign: RegExp, mend: Mend][] = [
  [
    /does not match certificate/,
    ({ place }) => `its certificate is for other names: use one of them in ${place}, or have one issued for this name`,
  ],
  [/certificate has expired|certificate is not yet valid/, () => 'its certificate is out of date: renew it, or set the clocks right'],
  [/unable to (verify|get)|self-signed certificate/, untrusted],
  [
    /alert (bad certificate|certificate required|unknown ca|certificate unknown)/,
    () => 'it wants a certificate of ours, signed by an authority that it trusts: KAFKA_CERT_FILE and KAFKA_KEY_FILE',
  ],
  [
    /does not support the requested SASL mechanism|current SASL state/,
    () => 'choose a KAFKA_SASL_MECHANISM that the listener knows (its sasl.enabled.mechanisms; none, where it has no SASL)',
  ],
  [
    /authentication failed|WRONGPASS|NOAUTH|: 40[13] |client password must be/i,
    ({ credentials }) => `it does not know this user, or the password is another: see ${credentials}`,
  ],
  [
    /wrong version number|does not support SSL|before secure TLS connection/,
    ({ withoutTls }) => `it speaks no TLS on this port: name the port that does, or ${withoutTls}`,
  ],
  [/no encryption|Closed connection|socket hang up|other side closed|ECONNRESET/i, hungUp],
  [/no answer within/, silent],
];

const isComponent = (what: string): what is Component => what in names;

/** What to do about a component that said this. */
export function mendOf(what: string, said: string, config: Config): string | undefined {
  if (!isComponent(what)) return undefined;
  const mend = signs.find(([sign]) => sign.test(said))?.[1] ?? otherwise;
  return mend(names[what], what, config);
}

/** How a component is reached; empty for what is none. */
export const protectionOf = (what: string, config: Config): string =>
  isComponent(what) ? `, ${usesTls[what](config) ? 'over TLS' : 'without TLS'}` : '';
