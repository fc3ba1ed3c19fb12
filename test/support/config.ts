/** A configuration of its own for each test file: the shared components, a namespace that nobody else has. */
import { randomBytes } from 'node:crypto';
import { type Config, loadConfig } from '../../src/config.ts';
import { endpoints } from './stack.ts';

/** The environment that points a process of ours at the test components in a fresh namespace. */
export function testEnv(overrides: Record<string, string> = {}): Record<string, string> {
  const { kafka, registry, clickhouse, postgres, redis } = endpoints();
  return {
    IMPACT_NAMESPACE: `t${randomBytes(5).toString('hex')}`,
    KAFKA_BROKERS: kafka,
    SCHEMA_REGISTRY_URL: registry,
    CLICKHOUSE_URL: clickhouse,
    DATABASE_URL: postgres,
    REDIS_URL: redis,
    KAFKA_PARTITIONS: '2',
    API_PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    LOG_PRETTY: 'false',
    ...overrides,
  };
}

/** The same as a parsed configuration. */
export function testConfig(overrides: Record<string, string> = {}): Config {
  return loadConfig(testEnv(overrides));
}
