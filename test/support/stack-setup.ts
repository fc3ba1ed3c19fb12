/** Runs once before the integration tests: environment first, else containers, else a local stack of our own. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestProject } from 'vitest/node';
import { engineAnswers } from '../../infra/local/compose.ts';
import { stackDir } from '../../infra/local/layout.ts';
import { type StackEndpoints, stackDown, stackUp } from '../../infra/stack.ts';
import { containersUp } from './containers.ts';
import './stack.ts';

type Running = { endpoints: StackEndpoints; stop: () => Promise<void> };

/** Provides the endpoints to every test, and answers how to stop what was started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { endpoints, stop } = fromEnvironment(process.env) ?? ((await engineAnswers()) ? await containersUp() : await localUp());
  project.provide('endpoints', endpoints);
  return stop;
}

/** All five IMPACT_TEST_ variables, or none.
 * @throws when only some are set: tests against a mixture would mislead. */
export function fromEnvironment(env: Record<string, string | undefined>): Running | undefined {
  const names = ['KAFKA', 'REGISTRY', 'CLICKHOUSE', 'POSTGRES', 'REDIS'] as const;
  const missing = names.filter((name) => !env[`IMPACT_TEST_${name}`]);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) throw new Error(`set these too: ${missing.map((name) => `IMPACT_TEST_${name}`).join(', ')}`);
  const value = (name: (typeof names)[number]): string => env[`IMPACT_TEST_${name}`] ?? '';
  return {
    endpoints: {
      kafka: value('KAFKA'),
      registry: value('REGISTRY'),
      clickhouse: value('CLICKHOUSE'),
      postgres: value('POSTGRES'),
      redis: value('REDIS'),
    },
    stop: async () => {},
  };
}

// The run's own pid is in the name: two runs never share a stack, and one that was killed can be told and swept.
async function localUp(): Promise<Running> {
  await sweep();
  const name = `test-${process.pid}`;
  const endpoints = await stackUp({ name, ports: 'free', onProgress: (line) => console.log(`[stack] ${line}`) });
  const stop = async (): Promise<void> => {
    await stackDown({ name, wipe: true });
    await sweep();
  };
  return { endpoints, stop };
}

/** Takes down the stacks of test processes that no longer live. */
async function sweep(): Promise<void> {
  const parent = dirname(stackDir('any'));
  const names = existsSync(parent) ? readdirSync(parent) : [];
  for (const name of names) {
    const pid = /^test-(?:.*-)?(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await stackDown({ name, wipe: true });
  }
}
