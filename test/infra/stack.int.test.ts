import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComponentName } from '../../infra/local/layout.ts';
import { stackDown, stackStatus, stackUp, startComponent, stopComponent } from '../../infra/stack.ts';
import { ownStack } from '../support/stack.ts';
import { keepsakes } from '../support/stack-clients.ts';

const stack = ownStack('outage');
const names: ComponentName[] = ['kafka', 'registry', 'clickhouse', 'postgres', 'redis'];
let kept: ReturnType<typeof keepsakes>;

beforeAll(async () => {
  kept = keepsakes(await stackUp({ name: stack, ports: 'free' }));
  for (const name of names) await kept[name].write();
});

afterAll(async () => {
  await stackDown({ name: stack, wipe: true });
});

describe('the status of a stack', () => {
  it('is green with what each check saw when all components run', async () => {
    const { components } = await stackStatus({ name: stack });
    expect(components.map((component) => [component.name, component.up])).toEqual(names.map((name) => [name, true]));
    expect(components[0]?.check).toBe('metadata lists 1 of 1 brokers');
  });

  it('turns red when a component hangs without ending', async () => {
    const redis = (await stackStatus({ name: stack })).components.find((component) => component.name === 'redis');
    process.kill(redis?.pid ?? 0, 'SIGSTOP');
    const status = await stackStatus({ name: stack });
    process.kill(redis?.pid ?? 0, 'SIGCONT');
    expect(status.components.find((component) => !component.up)).toMatchObject({
      name: 'redis',
      error: expect.stringContaining('no answer'),
    });
  });
});

describe('a component that is stopped and started again', () => {
  it.each(names.flatMap((name) => (['SIGTERM', 'SIGKILL'] as const).map((signal) => ({ name, signal }))))(
    'is red with a reason, it alone, and keeps its data: $name by $signal',
    async ({ name, signal }) => {
      await stopComponent(name, { stack, signal });
      const { components } = await stackStatus({ name: stack });
      await startComponent(name, { stack });
      expect(components.filter((component) => !component.up)).toMatchObject([{ name, error: 'its process does not run' }]);
      expect(await kept[name].read()).toBe('kept');
    },
  );
});

describe('bringing a stack up', () => {
  it('again leaves the running processes alone', async () => {
    const before = await stackStatus({ name: stack });
    const endpoints = await stackUp({ name: stack });
    const after = await stackStatus({ name: stack });
    expect(endpoints).toEqual(before.endpoints);
    expect(after.components.map((component) => component.pid)).toEqual(before.components.map((component) => component.pid));
  });

  it('listens on the loopback address only', async () => {
    const { components } = await stackStatus({ name: stack });
    expect(components.every((component) => component.endpoint.includes('127.0.0.1'))).toBe(true);
  });
});
