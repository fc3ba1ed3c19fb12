import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stackDir } from '../../infra/local/layout.ts';
import { stackDown, stackStatus, stackUp } from '../../infra/stack.ts';

describe('the name of a stack', () => {
  it.each(['..', '../evil', '', 'a/b', '/tmp', '.hidden', 'a b'])('cannot be %j, whose folder would be elsewhere', async (name) => {
    expect(() => stackDir(name)).toThrow('letters, digits, - and _');
    await expect(stackDown({ name, wipe: true })).rejects.toThrow('cannot be called');
  });

  it('is repeated in what is to be done about one that does not exist', async () => {
    await expect(stackStatus({ name: 'never-made' })).rejects.toThrow('`npx impact stack up --name never-made`');
    expect(await stackDown({ name: 'never-made' })).toBe(false);
  });
});

describe('a new stack whose ports are taken', () => {
  const server = createServer();
  const name = `taken-${process.pid}`;
  afterEach(() => {
    vi.unstubAllEnvs();
    server.close();
  });

  it('says which and what helps, and leaves nothing behind that would be in the way of that', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    vi.stubEnv('IMPACT_STACK_REDIS_PORT', String(port));
    vi.stubEnv('IMPACT_STACK', 'local');
    await expect(stackUp({ name })).rejects.toThrow(new RegExp(`redis on 127\\.0\\.0\\.1:${port}.*--ports free`));
    const parent = dirname(stackDir(name));
    expect(existsSync(parent) ? readdirSync(parent).filter((file) => file.startsWith(name)) : []).toEqual([]);
  });
});
