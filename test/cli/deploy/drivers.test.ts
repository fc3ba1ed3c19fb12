import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployTarget } from '../../../src/cli/deploy/driver.ts';
import { createKubernetesDriver } from '../../../src/cli/deploy/kubernetes.ts';
import { createSystemdDriver } from '../../../src/cli/deploy/systemd.ts';
import { loadConfig } from '../../../src/config.ts';

/** There is neither a cluster nor an init system here: a program that writes down what it was told stands for both. */
const folder = mkdtempSync(join(tmpdir(), 'impact-drivers-'));
const calls = join(folder, 'calls');
let server: Server;
let answer: { status: number; body: object };

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "$(basename $0) $*" >> ${calls}\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
const told = (): string[] => readFileSync(calls, 'utf8').trimEnd().split('\n');

function release(name: string, port: number): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'src/cli'), { recursive: true });
  mkdirSync(join(path, 'infra/deploy/systemd/stages'), { recursive: true });
  writeFileSync(join(path, 'src/cli/launch.mjs'), '');
  writeFileSync(join(path, 'infra/deploy/systemd/stages/store.env'), `METRICS_PORT=${port}\n`);
  return path;
}

const target = (settings: Record<string, string>): DeployTarget => ({
  config: loadConfig({ DEPLOY_DIRECTORY: folder, DEPLOY_READY_SECONDS: '1', ...settings }),
  environment: 'production',
  stages: ['store', 'api'],
  env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
  signal: new AbortController().signal,
  onProgress: () => undefined,
});

beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(answer.status).end(JSON.stringify(answer.body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  writeFileSync(calls, '');
  answer = { status: 200, body: { ready: true, stages: [] } };
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('systemd', () => {
  const port = (): number => (server.address() as AddressInfo).port;
  const driver = () => createSystemdDriver(target({ DEPLOY_API_URL: `http://127.0.0.1:${port()}` }));

  it('is told to start each unit again, one after the other, behind a link that leads to the release', async () => {
    program('systemctl', 'echo active');
    const [old, next] = [release('r1', port()), release('r2', port())];
    symlinkSync(old, join(folder, 'current'));
    expect(await driver().current()).toBe(old);
    await driver().check(next);
    await driver().roll(next);
    expect(readlinkSync(join(folder, 'current'))).toBe(next);
    expect(told().filter((line) => line.includes('restart'))).toEqual([
      'systemctl restart impact@store.service',
      'systemctl restart impact@api.service',
    ]);
    await expect(driver().check(join(folder, 'none'))).rejects.toThrow('none is no release');
  });

  it('has failed when a unit has, or is not ready in time, with the reasons that it gives', async () => {
    program('systemctl', 'echo failed');
    await expect(driver().roll(release('r2', port()))).rejects.toThrow('store has failed: see journalctl -u impact@store.service');
    program('systemctl', 'echo active');
    answer = { status: 503, body: { ready: false, stages: [{ name: 'store', reasons: ['kafka is away'] }] } };
    await expect(driver().roll(release('r2', port()))).rejects.toThrow('store was not ready within 1 s: store: kafka is away');
    program('systemctl', 'echo no such unit >&2; exit 5');
    await expect(driver().check(release('r2', port()))).rejects.toThrow('no such unit');
  });
});

describe('kubectl', () => {
  const driver = () => createKubernetesDriver(target({ DEPLOY_IMAGE: 'registry.example/impact' }));
  const manifests =
    'kind: Namespace\n---\nkind: ConfigMap\n---\nkind: Job\nspec:\n  image: impactstream:0.1.0\n---\nkind: Deployment\nspec:\n  image: impactstream:0.1.0\n';

  beforeEach(() => {
    writeFileSync(join(folder, 'rendered'), manifests);
    program(
      'kubectl',
      `case "$1" in kustomize) cat ${folder}/rendered;; apply) cat >> ${calls};; get) echo registry.example/impact:0.1.0;; esac`,
    );
  });

  it('migrates in a job before any stage is touched, then waits for each stage', async () => {
    expect(await driver().current()).toBe('0.1.0');
    writeFileSync(calls, '');
    await driver().migrate('0.2.0');
    const migration = told();
    expect(migration.filter((line) => line.startsWith('kubectl')).map((line) => line.split(' ')[1])).toEqual([
      'kustomize',
      'apply',
      'delete',
      'apply',
      'wait',
    ]);
    expect(migration).toContain('  image: registry.example/impact:0.2.0');
    expect(migration).not.toContain('kind: Deployment');
    writeFileSync(calls, '');
    await driver().roll('0.2.0');
    expect(told().filter((line) => line.includes('rollout'))).toEqual(
      ['store', 'api'].map((stage) => `kubectl rollout status deployment/impact-${stage} --namespace impactstream-production --timeout=1s`),
    );
    expect(told()).not.toContain('kind: Job');
  });

  it('lets the cluster judge everything first, and refuses what is no tag', async () => {
    await driver().check('0.2.0');
    expect(told()).toContain('kubectl apply --filename - --dry-run=server');
    await expect(driver().check('../x')).rejects.toThrow('../x is no tag of an image');
    program('kubectl', 'echo "error: the server refuses" >&2; exit 1');
    await expect(driver().check('0.2.0')).rejects.toThrow('the server refuses');
  });
});
