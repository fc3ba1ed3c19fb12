import { expect, it } from 'vitest';
import { fromEnvironment } from '../support/stack-setup.ts';

const complete = {
  IMPACT_TEST_KAFKA: 'k:1',
  IMPACT_TEST_REGISTRY: 'http://r',
  IMPACT_TEST_CLICKHOUSE: 'http://c',
  IMPACT_TEST_POSTGRES: 'postgresql://p',
  IMPACT_TEST_REDIS: 'redis://r',
};

it('takes the endpoints from the environment when all five are set', () => {
  expect(fromEnvironment(complete)?.endpoints.clickhouse).toBe('http://c');
});

it('starts components itself when none is set', () => {
  expect(fromEnvironment({})).toBeUndefined();
});

it('refuses a half-set environment and names what is missing', () => {
  const { IMPACT_TEST_REDIS: _, ...partial } = complete;
  expect(() => fromEnvironment(partial)).toThrow('IMPACT_TEST_REDIS');
});
